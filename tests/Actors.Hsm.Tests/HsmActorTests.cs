using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Actors.Hsm.Tests;

/// <summary>The room as its neighbours see it: probes play hypervisor, device model and listener.</summary>
public sealed class HsmActorTests : TestKit
{
    private static readonly VmId Vm = new(7);
    private static readonly IoAccess Load = IoAccess.Load(0x9000, 4);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);

    private readonly TestProbe _hypervisor;
    private readonly TestProbe _vmActor;
    private readonly TestProbe _deviceModel;
    private readonly TestProbe _listener;
    private readonly RecordedLinks _links = new();

    public HsmActorTests()
        : base("akka { loglevel = OFF, test.timefactor = 3, test.single-expect-default = 30s, scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\" }")
    {
        _hypervisor = CreateTestProbe("hypervisor");
        _vmActor = CreateTestProbe("hypervisor-vm");
        _deviceModel = CreateTestProbe("dm");
        _listener = CreateTestProbe("listener");
    }

    [Fact]
    public void A_vm_is_made_through_the_hypervisor_and_the_device_model_hears_where_its_hsm_is()
    {
        var root = Root();
        root.Tell(new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel), _deviceModel);
        var create = _hypervisor.ExpectMsg<ControlHop.CreateVm>();
        Assert.Equal("vm-7", create.Owner.Path.Name);
        Assert.Equal(root, create.Owner.Path.Parent == root.Path ? root : null);

        create.Owner.Tell(new ControlHop.VmCreated(1, Vm, 4, Errno.Ok, _vmActor), _vmActor);
        var created = _deviceModel.ExpectMsg<ControlHop.VmCreated>();
        Assert.Equal((1L, Vm, 4U, Errno.Ok, create.Owner), (created.Id, created.Vm, created.Epoch, created.Result, created.Actor));
    }

    [Fact]
    public void A_repeated_create_is_passed_on_until_answered_and_then_answered_again()
    {
        var root = Root();
        var message = new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel);
        root.Tell(message, _deviceModel);
        root.Tell(message, _deviceModel);
        var create = _hypervisor.ExpectMsg<ControlHop.CreateVm>();
        Assert.Equal(create, _hypervisor.ExpectMsg<ControlHop.CreateVm>());
        var created = new ControlHop.VmCreated(1, Vm, 1, Errno.Ok, _vmActor);
        create.Owner.Tell(created, _vmActor);
        create.Owner.Tell(created, _vmActor);
        var first = _deviceModel.ExpectMsg<ControlHop.VmCreated>();
        root.Tell(message, _deviceModel);
        Assert.Equal(first, _deviceModel.ExpectMsg<ControlHop.VmCreated>());
        root.Tell(message with { Id = 2 }, _deviceModel);
        Assert.Equal((2L, Errno.Exists), _deviceModel.ExpectMsg<ControlHop.VmCreated>() is var second ? (second.Id, second.Result) : default);
        _hypervisor.ExpectNoMsg(Quiet);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void A_vm_with_an_impossible_number_of_vcpus_is_refused_here(int vcpus)
    {
        Root().Tell(new ControlHop.CreateVm(1, TestVm.Spec(vcpus), _deviceModel), _deviceModel);
        Assert.Equal(Errno.Invalid, _deviceModel.ExpectMsg<ControlHop.VmCreated>().Result);
        _hypervisor.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_vm_that_the_hypervisor_refuses_can_be_tried_again()
    {
        var root = Root();
        root.Tell(new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel), _deviceModel);
        _hypervisor.ExpectMsg<ControlHop.CreateVm>().Owner.Tell(new ControlHop.VmCreated(1, Vm, 0, Errno.NoMemory, null), _vmActor);
        var refused = _deviceModel.ExpectMsg<ControlHop.VmCreated>();
        Assert.Equal((Errno.NoMemory, (IActorRef?)null), (refused.Result, refused.Actor));
        root.Tell(new ControlHop.CreateVm(2, TestVm.Spec(), _deviceModel), _deviceModel);
        Assert.Equal(2, _hypervisor.ExpectMsg<ControlHop.CreateVm>().Id);
    }

    [Fact]
    public void A_slow_access_goes_to_the_device_model_and_back()
    {
        var hsm = Running();
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        var dispatched = _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>();
        Assert.Equal(new DispatchHop.DispatchRequest(Vm, 1, new IoRequest(0, 1, Load)), dispatched);
        hsm.Tell(new DispatchHop.RequestDone(Vm, 1, 0, 1, 0x42), _deviceModel);
        Assert.Equal(new UpcallHop.RequestFinished(Vm, 1, 0, 1, 0x42), _vmActor.ExpectMsg<UpcallHop.RequestFinished>());
        Assert.Contains("hsm.dispatch", _links.Sites);
        Assert.Contains("hsm.complete", _links.Sites);
    }

    [Fact]
    public void An_upcall_addressed_to_the_room_finds_its_vm()
    {
        Running();
        _root.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>();
    }

    [Fact]
    public void A_doorbell_reaches_its_listener_and_is_repeated_until_acknowledged()
    {
        var hsm = Running();
        hsm.Tell(new DispatchHop.SetIoeventfd(Vm, 1, 9, IoeventfdFlags.None, 5, 0x4000, 2, 0, _listener), _deviceModel);
        Assert.Equal(new DispatchHop.RegistrationResult(Vm, 1, 9, Errno.Ok), _deviceModel.ExpectMsg<DispatchHop.RegistrationResult>());
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, IoAccess.Store(0x4000, 2, 0)), default), _vmActor);
        var signal = new DispatchHop.DoorbellSignal(Vm, 1, 5, 1);
        Assert.Equal(signal, _listener.ExpectMsg<DispatchHop.DoorbellSignal>());
        _vmActor.ExpectMsg<UpcallHop.RequestFinished>();
        Settle(hsm);
        Periods(2);
        Assert.Equal(signal, _listener.ExpectMsg<DispatchHop.DoorbellSignal>());
        hsm.Tell(new DispatchHop.DoorbellDrained(Vm, 1, 5, 1), _listener);
        Settle(hsm);
        Periods(4);
        Settle(hsm);
        _listener.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void Asyncio_is_asked_for_drained_and_answered()
    {
        var hsm = Running();
        hsm.Tell(new DispatchHop.SetIoeventfd(Vm, 1, 9, IoeventfdFlags.Asyncio, 5, 0x4000, 2, 0, _listener), _deviceModel);
        var asked = _vmActor.ExpectMsg<UpcallHop.SetAsyncio>();
        Settle(hsm);
        Periods(2);
        Assert.Equal(asked, _vmActor.ExpectMsg<UpcallHop.SetAsyncio>());
        hsm.Tell(new UpcallHop.AsyncioResult(Vm, 1, asked.Id, Errno.Ok), _vmActor);
        _deviceModel.ExpectMsg<DispatchHop.RegistrationResult>();
        hsm.Tell(new UpcallHop.AsyncioKick(Vm, 1, 1, 5), _vmActor);
        hsm.Tell(new UpcallHop.AsyncioKick(Vm, 1, 1, 5), _vmActor);
        Assert.Equal(1UL, _listener.ExpectMsg<DispatchHop.DoorbellSignal>().Count);
        Assert.Equal(new UpcallHop.AsyncioDrained(Vm, 1, 1), _vmActor.ExpectMsg<UpcallHop.AsyncioDrained>());
    }

    [Fact]
    public void Interrupts_pass_unchanged_and_irqfds_become_interrupts()
    {
        var hsm = Running();
        var msi = new InterruptHop.InjectMsi(Vm, 1, 24, 1, 0xFEE0_0000, 0x41);
        var line = new InterruptHop.SetIrqLine(Vm, 1, 24, 2, 17, IrqLineOperation.SetHigh);
        hsm.Tell(msi with { Epoch = 2 }, _listener);
        hsm.Tell(msi, _listener);
        hsm.Tell(line, _listener);
        Assert.Same(msi, _vmActor.ExpectMsg<InterruptHop.InjectMsi>());
        Assert.Same(line, _vmActor.ExpectMsg<InterruptHop.SetIrqLine>());

        hsm.Tell(new DispatchHop.SetIrqfd(Vm, 1, 3, true, 8, 0xFEE0_1000, 0x51), _deviceModel);
        _deviceModel.ExpectMsg<DispatchHop.RegistrationResult>();
        hsm.Tell(new DispatchHop.SignalIrqfd(Vm, 1, 8, 1), _listener);
        Assert.Equal(new InterruptHop.InjectMsi(Vm, 1, InterruptHop.IrqfdSource | 8, 1, 0xFEE0_1000, 0x51), _vmActor.ExpectMsg<InterruptHop.InjectMsi>());
    }

    [Fact]
    public void A_polling_vcpu_is_answered_and_never_notified()
    {
        var hsm = Running(polling: true);
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        hsm.Tell(new UpcallHop.PollSlot(Vm, 1, 0, 1), _vmActor);
        Assert.Equal(IoRequestSlotState.Processing, _vmActor.ExpectMsg<UpcallHop.SlotSeen>().State);
        hsm.Tell(new DispatchHop.RequestDone(Vm, 1, 0, 1, 3), _deviceModel);
        hsm.Tell(new UpcallHop.PollSlot(Vm, 1, 0, 1), _vmActor);
        Assert.Equal(new UpcallHop.SlotSeen(Vm, 1, 0, 1, IoRequestSlotState.Complete, 3), _vmActor.ExpectMsg<UpcallHop.SlotSeen>());
    }

    [Fact]
    public void Commands_and_events_cross_the_room()
    {
        var hsm = Running();
        var pause = new ControlHop.VmCommand(20, Vm, VmCommandKind.Pause);
        hsm.Tell(pause, _deviceModel);
        Assert.Equal(pause, _vmActor.ExpectMsg<ControlHop.VmCommand>());
        hsm.Tell(new ControlHop.VmCommandResult(20, Vm, VmCommandKind.Pause, 1, Errno.Ok), _vmActor);
        Assert.Equal(Errno.Ok, _deviceModel.ExpectMsg<ControlHop.VmCommandResult>().Result);
        var happened = new ControlHop.VmEvent(Vm, 1, VmEventKind.PowerOff, null);
        hsm.Tell(happened, _vmActor);
        Assert.Same(happened, _deviceModel.ExpectMsg<ControlHop.VmEvent>());
    }

    [Fact]
    public void A_destroyed_vm_repeats_its_answer_then_its_actor_ends_and_the_number_is_free()
    {
        var hsm = Running();
        Watch(hsm);
        var destroy = new ControlHop.VmCommand(30, Vm, VmCommandKind.Destroy);
        hsm.Tell(destroy, _deviceModel);
        _vmActor.ExpectMsg<ControlHop.VmCommand>();
        hsm.Tell(new ControlHop.VmCommandResult(30, Vm, VmCommandKind.Destroy, 1, Errno.Ok), _vmActor);
        var result = _deviceModel.ExpectMsg<ControlHop.VmCommandResult>();
        hsm.Tell(destroy, _deviceModel);
        Assert.Equal(result, _deviceModel.ExpectMsg<ControlHop.VmCommandResult>());
        hsm.Tell(new DispatchHop.SetIoeventfd(Vm, 1, 9, IoeventfdFlags.None, 5, 0x4000, 2, 0, _listener), _deviceModel);
        Assert.Equal(Errno.NoDevice, _deviceModel.ExpectMsg<DispatchHop.RegistrationResult>().Result);

        Advance(HsmSpec.LingerMilliseconds);
        ExpectTerminated(hsm);
        _root.Tell(destroy, _deviceModel);
        Assert.Equal(Errno.NoDevice, _deviceModel.ExpectMsg<ControlHop.VmCommandResult>().Result);
        Running();
    }

    [Fact]
    public void A_vm_may_be_made_again_while_its_last_one_still_lingers()
    {
        var hsm = Running();
        hsm.Tell(new ControlHop.VmCommand(30, Vm, VmCommandKind.Destroy), _deviceModel);
        _vmActor.ExpectMsg<ControlHop.VmCommand>();
        hsm.Tell(new ControlHop.VmCommandResult(30, Vm, VmCommandKind.Destroy, 1, Errno.Ok), _vmActor);
        _deviceModel.ExpectMsg<ControlHop.VmCommandResult>();
        var again = Running(create: 40);
        Assert.Equal(hsm, again);
        Advance(2 * HsmSpec.LingerMilliseconds);
        again.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>();
    }

    [Fact]
    public void A_destroy_whose_answer_was_lost_ends_with_the_hypervisors_actor()
    {
        var hsm = Running();
        hsm.Tell(new ControlHop.VmCommand(30, Vm, VmCommandKind.Destroy), _deviceModel);
        _vmActor.ExpectMsg<ControlHop.VmCommand>();
        Sys.Stop(_vmActor);
        Assert.Equal((30L, Errno.Ok), _deviceModel.ExpectMsg<ControlHop.VmCommandResult>() is var result ? (result.Id, result.Result) : default);
    }

    [Fact]
    public void Before_the_vm_is_made_nothing_else_is_valid()
    {
        Root().Tell(new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel), _deviceModel);
        var hsm = _hypervisor.ExpectMsg<ControlHop.CreateVm>().Owner;
        hsm.Tell(new ControlHop.VmCommand(2, Vm, VmCommandKind.Start), _deviceModel);
        Assert.Equal(Errno.Invalid, _deviceModel.ExpectMsg<ControlHop.VmCommandResult>().Result);
        hsm.Tell(new DispatchHop.SetIrqfd(Vm, 1, 3, true, 8, 0xFEE0_1000, 0x51), _deviceModel);
        Assert.Equal(Errno.Invalid, _deviceModel.ExpectMsg<DispatchHop.RegistrationResult>().Result);
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        _deviceModel.ExpectNoMsg(Quiet);
    }

    /// <summary>F30.</summary>
    [Fact]
    public void A_vm_without_a_page_delays_no_other()
    {
        var root = Root();
        root.Tell(new ControlHop.CreateVm(1, TestVm.Spec(vm: 1), _deviceModel), _deviceModel);
        _hypervisor.ExpectMsg<ControlHop.CreateVm>();
        var hsm = Running();
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>();
    }

    [Fact]
    public void A_client_of_ones_own_serves_its_ranges_and_may_finish_later()
    {
        var factory = new OneClient(new IoRange(IoRequestType.Mmio, 0x9000, 0x9FFF), new ScriptedHandler(IoreqResult.Later));
        var hsm = Running(clients: factory);
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        factory.Hsm!.Tell(new IoreqClientDone(Vm, 1, 0, 1, 0x99), ActorRefs.NoSender);
        Assert.Equal(0x99UL, _vmActor.ExpectMsg<UpcallHop.RequestFinished>().Value);
        _deviceModel.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_clear_waits_no_longer_than_its_budget()
    {
        var hsm = Running(clients: new OneClient(new IoRange(IoRequestType.Mmio, 0x9000, 0x9FFF), new ScriptedHandler(IoreqResult.Later)));
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        hsm.Tell(new ControlHop.VmCommand(50, Vm, VmCommandKind.ClearIoRequests), _deviceModel);
        Settle(hsm);
        Advance(HsmSpec.ClearingMilliseconds);
        Assert.Equal((50L, Errno.Ok), _deviceModel.ExpectMsg<ControlHop.VmCommandResult>() is var result ? (result.Id, result.Result) : default);
        Assert.Equal(0UL, _vmActor.ExpectMsg<UpcallHop.RequestFinished>().Value);
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("range")]
    [InlineData("many")]
    public void A_vm_that_cannot_have_its_clients_is_not_made(string how)
    {
        var range = how == "range" ? new IoRange(IoRequestType.Mmio, 2, 1) : new IoRange(IoRequestType.Mmio, 1, 2);
        var factory = new OneClient(range, new ScriptedHandler(IoreqResult.Done), how == "many" ? HsmSpec.MaxClients : 1, how == "throws");
        Root(factory).Tell(new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel), _deviceModel);
        Assert.NotEqual(Errno.Ok, _deviceModel.ExpectMsg<ControlHop.VmCreated>().Result);
        _hypervisor.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_killed_vm_asks_its_neighbours_and_executes_no_request_twice()
    {
        var hsm = Running();
        var request = new IoRequest(0, 1, Load);
        hsm.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, request, default), _vmActor);
        _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>();

        hsm.Tell(Kill.Instance);
        Assert.Equal(new UpcallHop.PageLost(Vm, 1, 1), _vmActor.ExpectMsg<UpcallHop.PageLost>());
        Assert.Equal(new DispatchHop.RegistrationsLost(Vm, 1, 1), _deviceModel.ExpectMsg<DispatchHop.RegistrationsLost>());
        hsm.Tell(new UpcallHop.PageState(Vm, 1, 1, 0, [request]), _vmActor);
        hsm.Tell(new DispatchHop.RegistrationsTold(Vm, 1, 1), _deviceModel);

        // The same sequence: the device model knows what it has done already.
        Assert.Equal(new DispatchHop.DispatchRequest(Vm, 1, request), _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>());
        hsm.Tell(new DispatchHop.RequestDone(Vm, 1, 0, 1, 0x42), _deviceModel);
        Assert.Equal(0x42UL, _vmActor.ExpectMsg<UpcallHop.RequestFinished>().Value);

        hsm.Tell(Kill.Instance);
        Assert.Equal(2, _vmActor.ExpectMsg<UpcallHop.PageLost>().Incarnation);
        Settle(hsm);
        Periods(2);
        Assert.Equal(2, _vmActor.ExpectMsg<UpcallHop.PageLost>().Incarnation);
    }

    [Fact]
    public void One_killed_before_the_hypervisor_answered_asks_it_again()
    {
        Root().Tell(new ControlHop.CreateVm(1, TestVm.Spec(), _deviceModel), _deviceModel);
        var create = _hypervisor.ExpectMsg<ControlHop.CreateVm>();
        create.Owner.Tell(Kill.Instance);
        Assert.Equal(create, _hypervisor.ExpectMsg<ControlHop.CreateVm>());
        create.Owner.Tell(new ControlHop.VmCreated(1, Vm, 1, Errno.Ok, _vmActor), _vmActor);
        Assert.Equal(Errno.Ok, _deviceModel.ExpectMsg<ControlHop.VmCreated>().Result);
    }

    [Fact]
    public void One_killed_after_its_destroy_still_says_that_it_is_gone_and_ends()
    {
        var hsm = Running();
        Watch(hsm);
        var destroy = new ControlHop.VmCommand(30, Vm, VmCommandKind.Destroy);
        hsm.Tell(destroy, _deviceModel);
        _vmActor.ExpectMsg<ControlHop.VmCommand>();
        hsm.Tell(new ControlHop.VmCommandResult(30, Vm, VmCommandKind.Destroy, 1, Errno.Ok), _vmActor);
        _deviceModel.ExpectMsg<ControlHop.VmCommandResult>();

        hsm.Tell(Kill.Instance);
        hsm.Tell(destroy, _deviceModel);
        Assert.Equal(Errno.Ok, _deviceModel.ExpectMsg<ControlHop.VmCommandResult>().Result);
        Advance(HsmSpec.LingerMilliseconds);
        ExpectTerminated(hsm);
    }

    [Fact]
    public void A_crash_of_the_root_leaves_its_vms_alone()
    {
        var hsm = Running();
        _links.ThrowOnce = LinkSite.VmControl;
        _root.Tell(new ControlHop.VmCommand(9, new VmId(99), VmCommandKind.Start), _deviceModel);
        _root.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        _deviceModel.ExpectMsg<DispatchHop.DispatchRequest>();
        Assert.Null(_links.ThrowOnce);
        hsm.Tell(new DispatchHop.RequestDone(Vm, 1, 0, 1, 0x42), _deviceModel);
        _vmActor.ExpectMsg<UpcallHop.RequestFinished>();
    }

    [Fact]
    public void What_throws_is_dropped_and_repeated_and_nothing_is_forgotten()
    {
        var hsm = Running();
        hsm.Tell(new DispatchHop.SetIoeventfd(Vm, 1, 9, IoeventfdFlags.None, 5, 0x4000, 2, 0, _listener), _deviceModel);
        _deviceModel.ExpectMsg<DispatchHop.RegistrationResult>();
        _links.ThrowOnce = LinkSite.HsmComplete;
        var upcall = new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, IoAccess.Store(0x4000, 2, 0)), default);
        hsm.Tell(upcall, _vmActor);
        hsm.Tell(upcall, _vmActor);

        Assert.Equal(1UL, _listener.ExpectMsg<DispatchHop.DoorbellSignal>().Count);
        Assert.Equal(1UL, _vmActor.ExpectMsg<UpcallHop.RequestFinished>().Sequence);
        _listener.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void What_is_for_nobody_is_unhandled()
    {
        var root = Root();
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        root.Tell("what", TestActor);
        root.Tell(new UpcallHop.Upcall(Vm, 1, 0xF3, new IoRequest(0, 1, Load), default), _vmActor);
        Assert.Equal("what", ExpectMsg<UnhandledMessage>().Message);
        Assert.IsType<UpcallHop.Upcall>(ExpectMsg<UnhandledMessage>().Message);
    }

    private IActorRef _root = ActorRefs.Nobody;

    private IActorRef Root(IIoreqClientFactory? clients = null)
    {
        if (_root.IsNobody())
            _root = Sys.ActorOf(HsmActor.Props(_hypervisor, new RoomServices(null!, null!, Links: _links), clients), "hsm");
        return _root;
    }

    /// <summary>A VM with its default client.</summary>
    private IActorRef Running(bool polling = false, long create = 1, IIoreqClientFactory? clients = null)
    {
        Root(clients).Tell(new ControlHop.CreateVm(create, TestVm.Spec(1, polling), _deviceModel), _deviceModel);
        var owner = _hypervisor.ExpectMsg<ControlHop.CreateVm>(message => message.Spec.Vm == Vm).Owner;
        owner.Tell(new ControlHop.VmCreated(create, Vm, 1, Errno.Ok, _vmActor), _vmActor);
        var hsm = _deviceModel.ExpectMsg<ControlHop.VmCreated>().Actor!;
        hsm.Tell(new ControlHop.VmCommand(create + 1, Vm, VmCommandKind.CreateDefaultClient), _deviceModel);
        Assert.Equal(Errno.Ok, _deviceModel.ExpectMsg<ControlHop.VmCommandResult>().Result);
        return hsm;
    }

    private void Advance(int milliseconds) => ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>The scheduler fires a repeating timer once for each advance.</summary>
    private void Periods(int count)
    {
        for (int i = 0; i < count; i++)
            Advance((int)RetryPace.Shortest.TotalMilliseconds);
    }

    /// <summary>Returns when the actor has worked on everything sent before: a timer that comes with what it said is armed now, and not before it was heard.</summary>
    private void Settle(IActorRef hsm)
    {
        var settled = CreateTestProbe();
        hsm.Tell(new Identify("settled"), settled);
        settled.ExpectMsg<ActorIdentity>();
    }

    private sealed class RecordedLinks : ILinkInterceptor
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _sites = new();

        public ICollection<string> Sites => _sites.Keys;

        /// <summary>The next message at this site is lost, and who sends it crashes.</summary>
        public LinkSite? ThrowOnce { get; set; }

        public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
        {
            _sites[site.Name] = 1;
            if (site == ThrowOnce)
            {
                ThrowOnce = null;
                throw new InvalidOperationException("crash");
            }

            to.Tell(message, from);
        }
    }

    private sealed class OneClient(IoRange range, IIoreqClientHandler handler, int count = 1, bool throws = false) : IIoreqClientFactory
    {
        public IActorRef? Hsm { get; private set; }

        public IReadOnlyList<IoreqClientDefinition> CreateClients(VmSpec spec, IActorRef hsm)
        {
            Hsm = hsm;
            return throws
                ? throw new InvalidOperationException("broken")
                : [.. Enumerable.Range(0, count).Select(i => new IoreqClientDefinition("own-" + i, ImmutableArray.Create(range), handler))];
        }
    }
}
