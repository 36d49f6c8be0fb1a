using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Actors.Hsm.Tests;

/// <summary>F81: the HSM of a VM that runs on another node, whose own HSM is gone. Probes play hypervisor and device model.</summary>
public sealed class AdoptionTests : TestKit
{
    private static readonly VmId Vm = new(7);
    private static readonly FencingToken Fence = new(9);

    private readonly TestProbe _hypervisor;
    private readonly TestProbe _vmActor;
    private readonly TestProbe _deviceModel;
    private readonly IActorRef _root;

    public AdoptionTests()
        : base("akka { loglevel = OFF, test.timefactor = 3, test.single-expect-default = 30s, scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\" }")
    {
        _hypervisor = CreateTestProbe("hypervisor");
        _vmActor = CreateTestProbe("hypervisor-vm");
        _deviceModel = CreateTestProbe("dm");

        // A node without guests: the hypervisor comes with the command.
        _root = Sys.ActorOf(HsmActor.Props(ActorRefs.Nobody, new RoomServices(null!, TimeProvider.System)), "hsm");
    }

    [Fact]
    public void A_VM_is_made_at_the_hypervisor_that_the_command_names_with_its_token()
    {
        _root.Tell(new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel, _hypervisor, Fence), _deviceModel);

        var create = _hypervisor.ExpectMsg<ControlHop.CreateVm>();
        Assert.Equal((Fence, "vm-7"), (create.Fence, create.Owner.Path.Name));
    }

    [Fact]
    public void It_announces_itself_and_rebuilds_as_after_a_crash()
    {
        var (hsm, adopted) = Adopt();
        Assert.Equal((1L, Vm, 4u, Errno.Ok, VmServiceState.Running, hsm), (adopted.Id, adopted.Vm, adopted.Epoch, adopted.Result, adopted.State, adopted.Actor!));
        Assert.Equal(new DispatchHop.RegistrationsLost(Vm, 4, 2048), _deviceModel.ExpectMsg<DispatchHop.RegistrationsLost>());
        Assert.Equal(new UpcallHop.PageLost(Vm, 4, 2048), _vmActor.ExpectMsg<UpcallHop.PageLost>());

        var request = new IoRequest(0, 12, IoAccess.Load(0x9000, 4));
        hsm.Tell(new UpcallHop.PageState(Vm, 4, 2048, 0, [request]), _vmActor);
        Assert.Equal(request, _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>().Request);
        hsm.Tell(new DispatchHop.RequestDone(Vm, 4, 0, 12, 0x77), _deviceModel);
        Assert.Equal(0x77UL, _vmActor.ExpectMsg<UpcallHop.RequestFinished>().Value);
    }

    [Fact]
    public void Asked_again_it_asks_again_until_answered_and_then_answers_again()
    {
        var adopt = new ControlHop.AdoptVm(1, TestVm.Spec(), _deviceModel, _hypervisor, Fence);
        _root.Tell(adopt, _deviceModel);
        _root.Tell(adopt, _deviceModel);
        var moved = _hypervisor.ExpectMsg<ControlHop.HsmMoved>();
        Assert.Equal(moved, _hypervisor.ExpectMsg<ControlHop.HsmMoved>());
        moved.Hsm.Tell(new ControlHop.HsmTaken(Vm, Fence, 4, Errno.Ok, VmServiceState.Running, 2048, _vmActor), _vmActor);
        moved.Hsm.Tell(new ControlHop.HsmTaken(Vm, Fence, 4, Errno.Ok, VmServiceState.Running, 2048, _vmActor), _vmActor);
        var first = _deviceModel.ExpectMsg<ControlHop.VmAdopted>();

        _root.Tell(adopt, _deviceModel);
        Assert.Equal(first, _deviceModel.FishForMessage<ControlHop.VmAdopted>(_ => true));
    }

    [Theory]
    [InlineData(Errno.NoDevice)]
    [InlineData(Errno.NotPermitted)]
    public void A_refusal_of_the_hypervisor_is_the_device_model_s(Errno error)
    {
        _root.Tell(new ControlHop.AdoptVm(1, TestVm.Spec(), _deviceModel, _hypervisor, Fence), _deviceModel);
        _hypervisor.ExpectMsg<ControlHop.HsmMoved>().Hsm.Tell(new ControlHop.HsmTaken(Vm, Fence, 0, error, VmServiceState.Resetting, 0, null), _hypervisor);

        Assert.Equal((error, (IActorRef?)null), _deviceModel.ExpectMsg<ControlHop.VmAdopted>() is var adopted ? (adopted.Result, adopted.Actor) : default);
    }

    [Fact]
    public void Killed_it_begins_anew_one_incarnation_later()
    {
        var (hsm, _) = Adopt();
        _vmActor.ExpectMsg<UpcallHop.PageLost>();
        hsm.Tell(Kill.Instance);

        Assert.Equal(2049, _vmActor.ExpectMsg<UpcallHop.PageLost>().Incarnation);
    }

    [Fact]
    public void A_later_token_begins_anew_in_place_and_an_earlier_one_is_refused()
    {
        Adopt();
        _root.Tell(new ControlHop.AdoptVm(2, TestVm.Spec(), _deviceModel, _hypervisor, new FencingToken(8)), _deviceModel);
        Assert.Equal(Errno.NotPermitted, _deviceModel.FishForMessage<ControlHop.VmAdopted>(_ => true).Result);

        _root.Tell(new ControlHop.AdoptVm(3, TestVm.Spec(), _deviceModel, _hypervisor, new FencingToken(10)), _deviceModel);
        Assert.Equal(10UL, _hypervisor.ExpectMsg<ControlHop.HsmMoved>().Fence.Value);
    }

    [Fact]
    public void One_that_was_replaced_tells_its_device_model_and_is_gone()
    {
        var (hsm, _) = Adopt();
        Watch(hsm);
        hsm.Tell(new ControlHop.ServiceFenced(Vm, Fence), _vmActor);
        hsm.Tell(new ControlHop.ServiceFenced(Vm, new FencingToken(10)), _vmActor);

        Assert.Equal(10UL, _deviceModel.FishForMessage<ControlHop.ServiceFenced>(_ => true).Fence.Value);
        ExpectTerminated(hsm);
    }

    private (IActorRef Hsm, ControlHop.VmAdopted Adopted) Adopt()
    {
        _root.Tell(new ControlHop.AdoptVm(1, TestVm.Spec(), _deviceModel, _hypervisor, Fence), _deviceModel);
        var moved = _hypervisor.ExpectMsg<ControlHop.HsmMoved>();
        Assert.Equal((Vm, Fence), (moved.Vm, moved.Fence));
        moved.Hsm.Tell(new ControlHop.HsmTaken(Vm, Fence, 4, Errno.Ok, VmServiceState.Running, 2048, _vmActor), _vmActor);
        return (moved.Hsm, _deviceModel.ExpectMsg<ControlHop.VmAdopted>());
    }
}
