using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

public sealed class DescriptionTests
{
    [Fact]
    public void A_world_that_is_described_in_code_is_a_plan_that_a_file_can_hold()
    {
        using var seeds = new SimSeeds(new Plan { Name = "described in code" });
        var world = new SimWorld(seeds, 1, new Plan { Name = "described in code" });
        world.Machines(vcpus: 2);
        world.Console(ports: 2, policy: PortPolicy.Drop, backend: BackendKind.File, ioeventfd: false);
        world.Workload("console-write", bytes: 100, ("chain", "10"));
        world.Crash(SimPart.Device).At(CrashSite.AfterUsedIndex).InShareOfSeeds(0.5);
        world.Crash(SimPart.Hsm).AtMessage(3);
        world.Drop(LinkSite.IrqRaise).WithProbability(0.25).Times(2).On(vm: 0).Between(TimeSpan.Zero, TimeSpan.FromSeconds(1));
        world.Delay(LinkSite.IrqRaise, TimeSpan.FromMilliseconds(3)).Nth(2).Named("late");

        var read = PlanFile.Parse("test", world.ToYaml());

        Assert.Empty(read.Errors);
        Assert.Equal(PlanFile.Write(world.Plan), PlanFile.Write(read.Plan!));
        Assert.Equal(["crash-dm-after-used-idx", "crash-hsm", "drop-irq-raise", "late"], read.Plan!.Faults.Select(rule => rule.Id));
        Assert.Equal(["F35", "F01"], [read.Plan.Faults[0].Row, read.Plan.Faults[2].Row]);
        Assert.Equal(0.25, read.Plan.Faults[2].Probability);
    }

    [Fact]
    public void A_fault_that_there_is_not_is_refused()
    {
        using var seeds = new SimSeeds(new Plan { Name = "x" });

        Assert.Throws<ArgumentException>(() => new SimWorld(seeds, 1, new Plan { Name = "x" }).Fault("irq.raise", "explode"));
    }
}
