using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Actors.Hypervisor.Tests;

/// <summary>F81: another HSM takes over a VM that runs; the one before has no effect any more.</summary>
public sealed class ServiceTakeoverTests : TestKit
{
    private static readonly VmId Vm = new(7);
    private static readonly IoRequest Forwarded = new(0, 1, IoAccess.In(0x2000, 4));

    private readonly TestProbe _first;
    private readonly TestProbe _second;
    private readonly TestProbe _guest;
    private readonly IActorRef _hypervisor;
    private readonly IActorRef _vm;

    public ServiceTakeoverTests()
        : base(StandingTime.Settings)
    {
        _first = CreateTestProbe("hsm-1");
        _second = CreateTestProbe("hsm-2");
        _guest = CreateTestProbe("guest");
        var services = new RoomServices(new RecordingMemory(), new ManualClock(DateTimeOffset.UnixEpoch));
        _hypervisor = Sys.ActorOf(HypervisorActor.Props(new ProbedVcpus(_guest), services), "hypervisor");
        _hypervisor.Tell(new ControlHop.CreateVm(1, Spec(), _first, Fence: new FencingToken(5)), _first);
        _vm = _first.ExpectMsg<ControlHop.VmCreated>().Actor!;
        _vm.Tell(new ControlHop.VmCommand(2, Vm, VmCommandKind.Start), _first);
        Assert.Equal(Errno.Ok, _first.ExpectMsg<ControlHop.VmCommandResult>().Result);
        Told<GuestHop.RunVcpu>();
    }

    [Fact]
    public void The_new_service_side_gets_what_is_pending_and_finishes_it()
    {
        Exit();
        _first.ExpectMsg<UpcallHop.Upcall>();

        var taken = Move(6);
        Assert.Equal((6UL, 1u, Errno.Ok, VmServiceState.Running, _vm), (taken.Fence.Value, taken.Epoch, taken.Result, taken.State, taken.Actor!));
        Assert.True(taken.Incarnation > 0);
        _vm.Tell(new UpcallHop.PageLost(Vm, 1, taken.Incarnation), _second);
        Assert.Equal(Forwarded, Assert.Single(_second.FishForMessage<UpcallHop.PageState>(_ => true).Pending));
        _vm.Tell(new UpcallHop.RequestFinished(Vm, 1, 0, 1, 0), _second);
        Told<GuestHop.IoCompletion>();
    }

    [Fact]
    public void What_the_old_service_side_says_has_no_effect_and_it_hears_so()
    {
        Exit();
        Move(6);
        object[] late =
        [
            new UpcallHop.RequestFinished(Vm, 1, 0, 1, 0x55), new InterruptHop.InjectMsi(Vm, 1, 24, 1, 0xFEE00000, 0x41),
            new InterruptHop.SetIrqLine(Vm, 1, 24, 1, 5, IrqLineOperation.SetHigh), new UpcallHop.AsyncioDrained(Vm, 1, 1),
            new UpcallHop.SetAsyncio(Vm, 1, 9, true, new AsyncioDescriptor(IoRequestType.PortIo, 0x3000, 2, false, 0, 1)),
            new UpcallHop.PageLost(Vm, 1, 1), new ControlHop.VmCommand(3, Vm, VmCommandKind.Pause),
        ];
        foreach (var message in late)
        {
            _vm.Tell(message, _first);
            Assert.Equal(new ControlHop.ServiceFenced(Vm, new FencingToken(6)), _first.FishForMessage<ControlHop.ServiceFenced>(_ => true));
        }

        // The guest still waits for the one that counts.
        _vm.Tell(new UpcallHop.RequestFinished(Vm, 1, 0, 1, 7), _second);
        Assert.Equal(7UL, Told<GuestHop.IoCompletion>().Value);
    }

    [Fact]
    public void A_takeover_is_asked_for_again_until_it_is_answered_and_a_lower_token_is_refused()
    {
        var taken = Move(6);
        Assert.Equal(taken, Move(6));

        _hypervisor.Tell(new ControlHop.HsmMoved(Vm, new FencingToken(6), _first), _first);
        Assert.Equal(Errno.NotPermitted, _first.FishForMessage<ControlHop.HsmTaken>(_ => true).Result);
        _hypervisor.Tell(new ControlHop.HsmMoved(Vm, new FencingToken(4), _first), _first);
        Assert.Equal(Errno.NotPermitted, _first.FishForMessage<ControlHop.HsmTaken>(_ => true).Result);

        _hypervisor.Tell(new ControlHop.HsmMoved(Vm, new FencingToken(7), _first), _first);
        Assert.True(_first.FishForMessage<ControlHop.HsmTaken>(_ => true).Incarnation > taken.Incarnation);
    }

    [Fact]
    public void A_VM_that_is_not_here_can_not_be_taken_over()
    {
        _hypervisor.Tell(new ControlHop.HsmMoved(new VmId(8), new FencingToken(6), _second), _second);

        Assert.Equal((Errno.NoDevice, (IActorRef?)null), _second.ExpectMsg<ControlHop.HsmTaken>() is var taken ? (taken.Result, taken.Actor) : default);
    }

    [Fact]
    public void The_owner_outlives_the_loss_of_the_VM_s_state()
    {
        Move(6);
        _vm.Tell(Kill.Instance);

        Assert.Equal(VmEventKind.TripleFault, _second.FishForMessage<ControlHop.VmEvent>(_ => true).Kind);
        _vm.Tell(new ControlHop.VmCommand(3, Vm, VmCommandKind.Pause), _first);
        _first.FishForMessage<ControlHop.ServiceFenced>(_ => true);
    }

    private static VmSpec Spec() => new(Vm, 1, 8192, new GuestSpec("test", []), []);

    private void Exit() => _vm.Tell(new GuestHop.IoExit(1, Forwarded));

    private ControlHop.HsmTaken Move(ulong fence)
    {
        _hypervisor.Tell(new ControlHop.HsmMoved(Vm, new FencingToken(fence), _second), _second);
        return _second.FishForMessage<ControlHop.HsmTaken>(_ => true);
    }

    private T Told<T>()
        where T : class =>
        (T)_guest.FishForMessage<ProbedVcpus.Told>(told => told.Message is T).Message;
}
