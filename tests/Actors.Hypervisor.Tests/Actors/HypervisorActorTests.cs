using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Actors.Hypervisor.Tests;

public sealed class HypervisorActorTests : TestKit
{
    private const int MostPeriods = 8;

    private static readonly VmId Vm = new(7);
    private static readonly IoAccess Forwarded = IoAccess.Out(0x2000, 4, 7);

    private readonly TestProbe _hsm;
    private readonly TestProbe _guest;
    private readonly RecordingMemory _memory = new();
    private readonly RecordingTrace _trace = new();
    private readonly RecordingLinks _links = new();
    private readonly IActorRef _hypervisor;
    private long _command = 100;

    public HypervisorActorTests()
        : base(StandingTime.Settings)
    {
        _hsm = CreateTestProbe("hsm-vm");
        _guest = CreateTestProbe("guest");
        var services = new RoomServices(_memory, new ManualClock(DateTimeOffset.UnixEpoch), _trace, _links);
        _hypervisor = Sys.ActorOf(HypervisorActor.Props(new ProbedVcpus(_guest), services), "hypervisor");
    }

    [Fact]
    public void Creating_a_VM_makes_its_actor_its_memory_and_its_vcpus()
    {
        var vm = Create(2);

        Assert.Equal("vm-7", vm.Path.Name);
        Assert.Equal(["create vm-7 8192"], _memory.Log);
        Sys.ActorSelection(vm.Path / "vcpu-1").Tell(new Identify(1), TestActor);
        Assert.Equal("vcpu-1", ExpectMsg<ActorIdentity>().Subject.Path.Name);
    }

    [Fact]
    public void A_repeated_create_has_the_same_answer_and_another_one_s_is_refused()
    {
        var vm = Create(1);
        _hypervisor.Tell(new ControlHop.CreateVm(1, Spec(1), _hsm));
        Assert.Equal(new ControlHop.VmCreated(1, Vm, 1, Errno.Ok, vm), _hsm.ExpectMsg<ControlHop.VmCreated>());

        _hypervisor.Tell(new ControlHop.CreateVm(2, Spec(1), _hsm));
        Assert.Equal(new ControlHop.VmCreated(2, Vm, 0, Errno.Exists, null), _hsm.ExpectMsg<ControlHop.VmCreated>());
        Assert.Single(_memory.Log);
    }

    [Theory]
    [InlineData(0, 4096UL, "test", 0xF3)]
    [InlineData(17, 4096UL, "test", 0xF3)]
    [InlineData(1, 0UL, "test", 0xF3)]
    [InlineData(1, 4097UL, "test", 0xF3)]
    [InlineData(1, 4096UL, "unknown", 0xF3)]
    [InlineData(1, 4096UL, "test", 0x1F)]
    public void A_VM_that_can_not_be_is_refused_and_leaves_nothing(int vcpus, ulong memory, string guest, byte vector)
    {
        var spec = new VmSpec(Vm, vcpus, memory, new GuestSpec(guest, []), [], UpcallVector: vector);
        _hypervisor.Tell(new ControlHop.CreateVm(1, spec, _hsm));

        Assert.Equal(new ControlHop.VmCreated(1, Vm, 0, Errno.Invalid, null), _hsm.ExpectMsg<ControlHop.VmCreated>());
        Assert.Empty(_memory.Log);
        Create(1);
    }

    [Fact]
    public void No_memory_is_an_answer_and_the_name_is_free_again()
    {
        _memory.IsFull = true;
        _hypervisor.Tell(new ControlHop.CreateVm(1, Spec(1), _hsm));
        Assert.Equal(Errno.NoMemory, _hsm.ExpectMsg<ControlHop.VmCreated>().Result);

        _memory.IsFull = false;
        AwaitAssert(() => Create(1, id: ++_command));
    }

    [Fact]
    public void A_command_for_no_VM_says_no_device()
    {
        _hypervisor.Tell(new ControlHop.VmCommand(5, Vm, VmCommandKind.Start), _hsm);

        Assert.Equal(new ControlHop.VmCommandResult(5, Vm, VmCommandKind.Start, 0, Errno.NoDevice), _hsm.ExpectMsg<ControlHop.VmCommandResult>());
    }

    [Fact]
    public void An_exit_goes_the_whole_way_and_back_over_the_links()
    {
        var vm = Start(1);
        var request = new IoRequest(0, 1, IoAccess.In(0x2000, 1));
        vm.Tell(new GuestHop.IoExit(1, request));
        Assert.Equal(new UpcallHop.Upcall(Vm, 1, 0xF3, request, default), _hsm.ExpectMsg<UpcallHop.Upcall>());
        vm.Tell(new UpcallHop.RequestFinished(Vm, 1, 0, 1, 0x1FF));

        Assert.Equal(new GuestHop.IoCompletion(1, 1, 0xFF, IoOutcome.Completed), Told<GuestHop.IoCompletion>(0));
        Assert.Equal(
            [PathHop.EmulateIo, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.NotifyRequestFinish, PathHop.PostWork],
            _trace.Steps.Select(s => s.Hop));
        Assert.All(_trace.Steps, s => Assert.Equal((Vm, 0, 1UL), (s.Vm, s.Vcpu, s.Sequence)));
        Assert.Equal(
            ["vm.control", "vcpu.resume", "vm.control", "hsm.upcall", "vcpu.resume"],
            _links.Sent.Select(s => s.Site));
    }

    [Fact]
    public void A_lost_upcall_is_raised_again()
    {
        var vm = Start(1);
        var losses = 1;
        _links.Loses = m => m is UpcallHop.Upcall && losses-- > 0;
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, Forwarded)));

        Assert.Equal(1UL, Later<UpcallHop.Upcall>(vm).Request.Sequence);
    }

    [Fact]
    public void An_emulated_access_is_traced_by_its_device_s_name()
    {
        var vm = Start(1);
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, IoAccess.Out(0x3F8, 1, 'x'))));
        Told<GuestHop.IoCompletion>(0);

        var step = Assert.Single(_trace.Steps, s => s.Hop == PathHop.HypervisorHandler);
        Assert.Equal(("vuart", (long)'x'), (step.Name, step.Detail));
    }

    [Fact]
    public void A_doorbell_is_kicked_and_registered_over_messages()
    {
        var vm = Start(1);
        vm.Tell(new UpcallHop.SetAsyncio(Vm, 1, 9, true, new AsyncioDescriptor(IoRequestType.PortIo, 0x2010, 2, false, 0, 77)));
        Assert.Equal(new UpcallHop.AsyncioResult(Vm, 1, 9, Errno.Ok), _hsm.ExpectMsg<UpcallHop.AsyncioResult>());
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, IoAccess.Out(0x2010, 2, 3))));

        Assert.Equal(new UpcallHop.AsyncioKick(Vm, 1, 1, 77, 1), _hsm.ExpectMsg<UpcallHop.AsyncioKick>());
        Told<GuestHop.IoCompletion>(0);
        Assert.Contains(_trace.Steps, s => s.Hop == PathHop.AsyncioKick && s.Detail == 77);
        vm.Tell(new UpcallHop.AsyncioDrained(Vm, 1, 1));
        for (var i = 0; i < MostPeriods; i++)
            Pass(vm);
        Assert.False(_hsm.HasMessages);
    }

    [Fact]
    public void A_polling_vcpu_asks_for_its_slot()
    {
        var vm = Start(1, polling: true);
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, Forwarded)));
        _hsm.ExpectMsg<UpcallHop.Upcall>();
        Assert.Equal(new UpcallHop.PollSlot(Vm, 1, 0, 1), Later<UpcallHop.PollSlot>(vm));
        vm.Tell(new UpcallHop.SlotSeen(Vm, 1, 0, 1, IoRequestSlotState.Complete, 0));
        Told<GuestHop.IoCompletion>(0);
    }

    [Fact]
    public void An_interrupt_reaches_its_vcpu()
    {
        var vm = Start(2);
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, IoAccess.Store(0xFEE0_00F0, 4, 0x1FF))));
        Told<GuestHop.IoCompletion>(0);
        vm.Tell(new InterruptHop.InjectMsi(Vm, 1, 3, 1, 0xFEE0_0000, 0x41));
        vm.Tell(new InterruptHop.InjectMsi(Vm, 1, 3, 1, 0xFEE0_0000, 0x41));
        vm.Tell(new InterruptHop.SetIrqLine(Vm, 1, 3, 2, 16, IrqLineOperation.SetHigh));

        Assert.Equal(new GuestHop.InterruptDelivery(1, 1, 0x41), Told<GuestHop.InterruptDelivery>(0));
        vm.Tell(new GuestHop.InterruptAccepted(1, 0, 1, 0x41));
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 2, IoAccess.Load(0xFEE0_0120, 4)), Taken: 1));
        Assert.Equal(2UL, Told<GuestHop.IoCompletion>(0).Value);
        AwaitAssert(() => Assert.Equal(2, _trace.Steps.Count(s => s.Hop == PathHop.InjectInterrupt)));
        Assert.Contains(_links.Sent, s => s.Site == "vcpu.interrupt");
    }

    [Fact]
    public void What_is_meant_for_another_VM_is_unhandled()
    {
        var vm = Start(1);
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.UnhandledMessage));
        vm.Tell(new InterruptHop.InjectMsi(new VmId(8), 1, 3, 1, 0xFEE0_0000, 0x41));
        ExpectMsg<Akka.Event.UnhandledMessage>();
    }

    [Fact]
    public void Power_off_is_told_to_the_owner_until_it_pauses_the_VM()
    {
        var vm = Start(1);
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, IoAccess.Out(0x404, 2, 0x3400))));
        Assert.Equal(new ControlHop.VmEvent(Vm, 1, VmEventKind.PowerOff, null), _hsm.ExpectMsg<ControlHop.VmEvent>());
        Later<ControlHop.VmEvent>(vm);

        Pause(vm);
        _guest.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_crashed_vcpu_is_a_triple_fault_and_runs_again_after_a_reset()
    {
        var vm = Start(1);
        Sys.ActorSelection(vm.Path / "vcpu-0").Tell(ProbedVcpus.Crash);
        var happened = _hsm.ExpectMsg<ControlHop.VmEvent>();
        Assert.Equal((VmEventKind.TripleFault, "vcpu-0: engine broke"), (happened.Kind, happened.Detail));

        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Pause).Result);
        var reset = Command(vm, VmCommandKind.Reset);
        Assert.Equal((2u, Errno.Ok), (reset.Epoch, reset.Result));
        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Start).Result);
        Assert.Equal(new GuestHop.PauseVcpu(1), Told<GuestHop.PauseVcpu>(0));
        Assert.Equal(new GuestHop.RunVcpu(2, 0), Told<GuestHop.RunVcpu>(0));
        Assert.Contains("clear vm-7", _memory.Log);
    }

    /// <summary>F25, L6.</summary>
    [Fact]
    public void A_killed_vm_keeps_its_epoch_says_triple_fault_and_boots_again_after_a_reset()
    {
        var vm = Start(1);
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, Forwarded)));
        _hsm.ExpectMsg<UpcallHop.Upcall>();

        vm.Tell(Kill.Instance);
        var happened = _hsm.FishForMessage<ControlHop.VmEvent>(_ => true);
        Assert.Equal((1u, VmEventKind.TripleFault), (happened.Epoch, happened.Kind));
        vm.Tell(new UpcallHop.RequestFinished(Vm, 1, 0, 1, 0));

        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Pause).Result);
        var reset = Command(vm, VmCommandKind.Reset);
        Assert.Equal((2u, Errno.Ok), (reset.Epoch, reset.Result));
        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Start).Result);
        Assert.Equal(new GuestHop.RunVcpu(2, 0), Told<GuestHop.RunVcpu>(0));
        Assert.DoesNotContain("remove vm-7", _memory.Log);
        Assert.Equal([LifeChange.Crashed, LifeChange.Restarted], _trace.Lives.Where(l => l.Actor == "hypervisor/vm-7").Select(l => l.Change));
        Assert.Equal(IoRequestSlotState.Free, _trace.Slots.Last().To);
    }

    [Fact]
    public void A_vcpu_that_can_not_be_made_faults_when_it_is_to_run()
    {
        _hypervisor.Tell(new ControlHop.CreateVm(1, Spec(1) with { Guest = new GuestSpec("unmakeable", []) }, _hsm));
        var vm = _hsm.ExpectMsg<ControlHop.VmCreated>().Actor!;
        vm.Tell(new ControlHop.VmCommand(2, Vm, VmCommandKind.Start));
        Assert.Equal(VmEventKind.TripleFault, (VmEventKind)_hsm.FishForMessage<ControlHop.VmEvent>(_ => true).Kind);
        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Pause).Result);
    }

    [Fact]
    public void A_defect_of_ours_is_announced_and_the_VM_can_be_ended_in_order()
    {
        var vm = Start(1);
        _links.Loses = m => m is UpcallHop.Upcall ? throw new InvalidOperationException("bug") : false;
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, Forwarded)));
        Assert.Equal(new ControlHop.VmEvent(Vm, 1, VmEventKind.TripleFault, "bug"), _hsm.ExpectMsg<ControlHop.VmEvent>());
        _links.Loses = _ => false;

        Pause(vm);
        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Destroy).Result);
    }

    [Fact]
    public void Destroy_ends_the_actor_and_its_memory_and_the_name_is_free_at_once()
    {
        var vm = Start(1);
        Watch(vm);
        Pause(vm);
        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Destroy).Result);
        _hypervisor.Tell(new ControlHop.CreateVm(2, Spec(1), _hsm));
        ExpectTerminated(vm);

        var created = _hsm.ExpectMsg<ControlHop.VmCreated>();
        Assert.Equal((2L, Errno.Ok), (created.Id, created.Result));
        Assert.NotEqual(vm, created.Actor);
        Assert.Equal(["create vm-7 8192", "remove vm-7", "create vm-7 8192"], _memory.Log);
    }

    [Fact]
    public void The_end_of_a_VM_s_actor_frees_memory_and_name()
    {
        var vm = Create(1);
        Watch(vm);
        Sys.Stop(vm);
        ExpectTerminated(vm);

        Assert.Contains("remove vm-7", _memory.Log);
        AwaitAssert(() => Create(1, id: ++_command));
    }

    [Fact]
    public void A_running_VM_with_nothing_outstanding_has_no_timer()
    {
        var vm = new TestActorRef<VmActor>(
            Sys,
            VmActor.Props(new ControlHop.CreateVm(1, Spec(1), _hsm), new ProbedVcpus(_guest), new RoomServices(_memory, TimeProvider.System)),
            null,
            "vm-8");
        vm.Tell(new ControlHop.VmCommand(2, Vm, VmCommandKind.Start));
        Assert.True(Timers(vm).IsTimerActive(VmActor.RetryTick.Instance));
        vm.Tell(new GuestHop.IoExit(1, new IoRequest(0, 1, IoAccess.In(0x70, 1))));

        for (var i = 0; i < MostPeriods; i++)
            Pass(vm);
        Assert.False(Timers(vm).IsTimerActive(VmActor.RetryTick.Instance));
    }

    private static ITimerScheduler Timers(TestActorRef<VmActor> vm) => vm.UnderlyingActor.Timers;

    private static VmSpec Spec(int vcpus, bool polling = false) => new(Vm, vcpus, 8192, new GuestSpec("test", []), [], polling);

    private IActorRef Create(int vcpus, bool polling = false, long id = 1)
    {
        _hypervisor.Tell(new ControlHop.CreateVm(id, Spec(vcpus, polling), _hsm));
        var created = _hsm.ExpectMsg<ControlHop.VmCreated>();
        Assert.Equal((id, Vm, 1u, Errno.Ok), (created.Id, created.Vm, created.Epoch, created.Result));
        return created.Actor!;
    }

    private IActorRef Start(int vcpus, bool polling = false)
    {
        var vm = Create(vcpus, polling);
        Assert.Equal(Errno.Ok, Command(vm, VmCommandKind.Start).Result);
        Assert.Equal(new GuestHop.RunVcpu(1, 0), Told<GuestHop.RunVcpu>(0));
        return vm;
    }

    private void Pause(IActorRef vm)
    {
        vm.Tell(new ControlHop.VmCommand(++_command, Vm, VmCommandKind.Pause));
        Told<GuestHop.PauseVcpu>(0);
        vm.Tell(new GuestHop.VcpuPaused(1, 0));
        _hsm.FishForMessage<ControlHop.VmCommandResult>(r => r.Command == VmCommandKind.Pause);
    }

    private ControlHop.VmCommandResult Command(IActorRef vm, VmCommandKind command)
    {
        vm.Tell(new ControlHop.VmCommand(++_command, Vm, command));
        return _hsm.FishForMessage<ControlHop.VmCommandResult>(r => r.Id == _command);
    }

    /// <summary>What comes to the HSM when time passes.</summary>
    private T Later<T>(IActorRef vm)
    {
        for (var i = 0; i < MostPeriods && !_hsm.HasMessages; i++)
            Pass(vm);
        return _hsm.ExpectMsg<T>();
    }

    /// <summary>A period of repeating passes for an actor that has worked on everything sent before, and works on this.</summary>
    private void Pass(IActorRef vm)
    {
        Settle(vm);
        ((TestScheduler)Sys.Scheduler).Advance(RetryPace.Shortest);
        Settle(vm);
    }

    private void Settle(IActorRef vm)
    {
        vm.Tell(new Identify("settled"), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    /// <summary>The next message to a vCPU, past repeated orders to run.</summary>
    private T Told<T>(int vcpu)
    {
        var told = _guest.FishForMessage<ProbedVcpus.Told>(t => t.Message is T || t.Message is not GuestHop.RunVcpu);
        Assert.Equal(vcpu, told.Vcpu);
        return Assert.IsType<T>(told.Message);
    }
}
