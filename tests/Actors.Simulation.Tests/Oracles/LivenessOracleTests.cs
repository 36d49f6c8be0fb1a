using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>L1, L2, L6, L7: what must happen in the end.</summary>
public sealed class LivenessOracleTests
{
    private static readonly Plan Crashes = new()
    {
        Name = "crashes",
        Faults =
        [
            new FaultRule { Id = "lost", Row = "F01", Site = "irq.raise", Do = "drop" },
            new FaultRule { Id = "device", Row = "F35", Site = "dm.after-used-idx", Do = "crash" },
            new FaultRule { Id = "vcpu", Row = "F23", Site = "vcpu", Do = "crash" },
        ],
    };

    [Fact]
    public void A_vCPU_that_stays_blocked_is_named_when_its_time_is_over()
    {
        var stage = new OracleStage(new BlockedVcpuOracle());
        stage.Path(PathHop.VmExit, 7, IoAccess.Load(0x10, 4)).Phase(WorldPhase.Liveness).EndStep();
        stage.Now = TimeSpan.FromSeconds(2);
        stage.EndStep().IsContent();
        stage.Now = TimeSpan.FromSeconds(2.1);
        stage.EndStep().Objects("vcpu-0", "exit 7", "2.1 s");
    }

    [Fact]
    public void A_vCPU_that_is_blocked_at_the_end_is_blocked_for_ever() =>
        new OracleStage(new BlockedVcpuOracle()).Phase(WorldPhase.Liveness).Path(PathHop.VmExit, 7, vcpu: 1).EndStep().Phase(WorldPhase.End).Objects("vcpu-1", "exit 7");

    [Fact]
    public void A_vCPU_that_goes_on_or_is_paused_is_not_blocked()
    {
        using var stage = new OracleStage(new BlockedVcpuOracle());
        stage.Path(PathHop.VmExit, 7).Phase(WorldPhase.Liveness).Path(PathHop.VmEntry, 7).Path(PathHop.VmExit, 1, vcpu: 1).Receive(OracleStage.Vcpu1, new GuestHop.PauseVcpu(1));
        stage.Now = TimeSpan.FromSeconds(20);
        stage.EndStep().Phase(WorldPhase.End).IsContent();
    }

    [Fact]
    public void Before_the_heal_a_vCPU_may_wait()
    {
        using var stage = new OracleStage(new BlockedVcpuOracle()).Path(PathHop.VmExit, 7);
        stage.Now = TimeSpan.FromSeconds(20);
        stage.EndStep().IsContent();
    }

    [Fact]
    public void A_slot_that_stays_taken_is_named()
    {
        var stage = new OracleStage(new SlotDrainOracle()).SetUp().Insert(3).Phase(WorldPhase.Liveness);
        stage.Now = TimeSpan.FromSeconds(5.5);
        stage.EndStep().Objects("hypervisor's page", "request 3", "5.5 s");
        new OracleStage(new SlotDrainOracle()).SetUp().Insert(3).Begin(3).Free(3).Phase(WorldPhase.Liveness).Phase(WorldPhase.End).Objects("service's page");
    }

    [Fact]
    public void Slots_that_are_free_or_of_a_machine_that_is_gone_are_fine()
    {
        using var stage = new OracleStage(new SlotDrainOracle()).SetUp();
        stage.Insert(3).Begin(3).Complete(3).Free(3).Phase(WorldPhase.Liveness).Phase(WorldPhase.End).IsContent();
        using var gone = new OracleStage(new SlotDrainOracle()).SetUp();
        gone.Insert(3).Begin(3).SetUp(SlotView.Hypervisor, 1).Receive(OracleStage.Hsm, new ControlHop.VmCommandResult(1, OracleStage.Vm, VmCommandKind.Destroy, 1, Errno.Ok))
            .Phase(WorldPhase.Liveness).Phase(WorldPhase.End).IsContent();
    }

    [Fact]
    public void A_crash_of_the_plan_is_announced_and_followed()
    {
        using var stage = new OracleStage(new CrashOracle(), Crashes);
        stage.Fault(1, FaultEventKind.Fired, OracleStage.Device).Life("device-model/vm-0/pci-0.3.0", LifeChange.Crashed).Life("device-model/vm-0/pci-0.3.0", LifeChange.Restarted)
            .Fault(1, FaultEventKind.Fired, -1).Life("device-model/vm-0/pci-0.3.0", LifeChange.Crashed).Life("device-model/vm-0", LifeChange.GaveUp)
            .Phase(WorldPhase.End).IsContent();
    }

    [Fact]
    public void A_crash_that_is_not_the_plan_s_is_named()
    {
        new OracleStage(new CrashOracle(), Crashes).Life("hsm/vm-0", LifeChange.Crashed, "an index").Objects("hsm/vm-0 crashed", "an index");
        new OracleStage(new CrashOracle(), Crashes).Fault(0, FaultEventKind.Fired, OracleStage.Hsm).Life("hsm/vm-0", LifeChange.Crashed).Objects("no fault of the plan");
        new OracleStage(new CrashOracle(), Crashes).Fault(1, FaultEventKind.Fired, OracleStage.Device).Life("hsm/vm-0", LifeChange.Crashed).Objects("hsm/vm-0");
    }

    [Fact]
    public void A_crash_without_a_word_is_named()
    {
        new OracleStage(new CrashOracle(), Crashes).Fault(1, FaultEventKind.Fired, OracleStage.Device).Phase(WorldPhase.End).Objects("not announced");
        new OracleStage(new CrashOracle(), Crashes).Fault(1, FaultEventKind.Fired, OracleStage.Device).Life("device-model/vm-0/pci-0.3.0", LifeChange.Crashed)
            .Phase(WorldPhase.End).Objects("nothing was said");
    }

    [Fact]
    public void A_machine_ends_by_failure_only_if_something_may_end_it()
    {
        var failed = new MachineHop.VmEnded(OracleStage.Vm, VmEnd.TripleFault, "page fault", []);
        new OracleStage(new CrashOracle(), Crashes).Fault(1, FaultEventKind.Fired, -1).Life("device-model/vm-0/pci-0.3.0", LifeChange.Crashed).Receive(OracleStage.Launcher, failed)
            .Objects("TripleFault", "page fault");
        using var stage = new OracleStage(new CrashOracle(), Crashes);
        stage.Fault(2, FaultEventKind.Fired, OracleStage.Vcpu0).Receive(OracleStage.Launcher, failed).Receive(OracleStage.Launcher, failed with { End = VmEnd.PowerOff }).IsContent();
    }

    [Fact]
    public void An_interrupt_that_arrives_is_fine_also_when_it_merges()
    {
        using var stage = Interrupts();
        Raise(stage, 1);
        Raise(stage, 2);
        Apply(stage, 2);
        stage.Send(OracleStage.Hypervisor, OracleStage.Vcpu0, new GuestHop.InterruptDelivery(1, 1, 0x41), LinkSite.VcpuInterrupt)
            .Receive(OracleStage.Vcpu0, new GuestHop.InterruptDelivery(1, 1, 0x41)).Phase(WorldPhase.End).IsContent();
    }

    [Fact]
    public void An_interrupt_that_is_not_injected_is_named()
    {
        var stage = Interrupts();
        Raise(stage, 1);
        stage.Phase(WorldPhase.End).Objects("vector 0x41", "interrupt 1", "never injected");
    }

    [Fact]
    public void An_interrupt_that_is_not_offered_is_named()
    {
        var stage = Interrupts();
        Raise(stage, 1);
        Apply(stage, 1);
        stage.Phase(WorldPhase.End).Objects("never offered");
    }

    [Fact]
    public void An_offer_that_does_not_arrive_is_named()
    {
        var stage = Interrupts();
        Raise(stage, 1);
        Apply(stage, 1);
        stage.Send(OracleStage.Hypervisor, OracleStage.Vcpu0, new GuestHop.InterruptDelivery(1, 1, 0x41), LinkSite.VcpuInterrupt).Phase(WorldPhase.End).Objects("offer 1 never reached");
    }

    [Fact]
    public void In_a_machine_that_is_paused_interrupts_may_be_lost()
    {
        using var stage = Interrupts();
        Raise(stage, 1);
        stage.Receive(OracleStage.Hypervisor, new ControlHop.VmCommand(1, OracleStage.Vm, VmCommandKind.Pause)).Phase(WorldPhase.End).IsContent();
    }

    [Fact]
    public void A_campaign_whose_faults_do_nothing_is_named()
    {
        var totals = new CampaignTotals(Crashes with { Sometimes = ["irq.merged"] }, keptFailures: 0);
        totals.Add(Result(new FaultCount("lost", "F01", 1, 1, 0), new FaultCount("device", "F35", 1, 0, 0), new FaultCount("vcpu", "F23", 0, 0, 0)), failed: false);

        Assert.Equal<string>(
            ["fault 'device' fired and never changed anything in 1 seed", "fault 'vcpu' never fired in 1 seed", "point 'irq.merged' was never reached in 1 seed"],
            totals.Vacuous);

        totals.Add(
            Result(new FaultCount("lost", "F01", 0, 0, 0), new FaultCount("device", "F35", 1, 1, 0), new FaultCount("vcpu", "F23", 1, 1, 0)) with { Reached = ["irq.merged"] },
            failed: false);
        Assert.Empty(totals.Vacuous);
    }

    private static OracleStage Interrupts() => new OracleStage(new InterruptDeliveryOracle()).SetUp();

    private static InterruptHop.InjectMsi Msi(ulong sequence) => new(OracleStage.Vm, 1, 0x18, sequence, 0xFEE0_0000, 0x41);

    private static void Raise(OracleStage stage, ulong sequence) => stage.Send(OracleStage.Device, OracleStage.Hsm, Msi(sequence), LinkSite.IrqRaise);

    private static void Apply(OracleStage stage, ulong sequence) =>
        stage.Receive(OracleStage.Hypervisor, Msi(sequence)).Path(PathHop.InjectInterrupt, 0, actor: OracleStage.Hypervisor);

    private static RunResult Result(params ImmutableArray<FaultCount> faults) => new()
    {
        Request = new RunRequest(Crashes, 1),
        Verdict = RunVerdict.Passed,
        TraceHash = 0,
        Steps = 0,
        Events = 0,
        Virtual = TimeSpan.Zero,
        HealedAt = TimeSpan.Zero,
        Violations = [],
        Faults = faults,
        Reached = [],
        Firings = [],
        Picks = [],
    };
}
