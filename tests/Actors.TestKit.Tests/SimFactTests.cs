using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>Tests written as a user writes them.</summary>
public sealed class SimFactTests
{
    [SimFact(Seeds = 20)]
    public void Bytes_arrive_whole(SimWorld world)
    {
        world.Console(policy: PortPolicy.Block);
        world.Workload("console-write", bytes: 700, ("chain", "64"));
        world.Always("no more than was sent arrives", view => view.Received().Length <= 700);
        world.Sometimes("a request is pending", view => view.Slot() == IoRequestSlotState.Pending);
        world.Eventually(TimeSpan.FromSeconds(1), view => view.AllEnded);

        var run = world.RunUntilQuiescent();

        Assert.Equal(RunVerdict.Passed, run.Result.Verdict);
        Assert.Equal(700, run.View.Received().Length);
        Assert.True(run.View.Count(PathHop.NotifyTx) > 0);
    }

    /// <summary>The example of docs/tutorial.md.</summary>
    [SimFact(Seeds = 50)]
    public void Nothing_is_lost_when_the_device_crashes(SimWorld world)
    {
        world.Console(policy: PortPolicy.Block);
        world.Workload("console-write", bytes: 4096, ("chain", "64"));
        world.Crash(SimPart.Device).At(CrashSite.AfterUsedIndex);
        world.Drop(LinkSite.IrqRaise).WithProbability(0.02);

        world.Always("no more than was sent comes out", view => view.Received().Length <= 4096);
        world.Sometimes("a device was restarted", view => view.Restarts > 0);
        world.Eventually(TimeSpan.FromSeconds(2), view => view.AllEnded);

        var run = world.RunUntilQuiescent();

        Assert.Equal(4096, run.View.Received().Length);
    }

    [SimFact(Seeds = 5, From = 1000)]
    public void Two_machines_do_not_meet(SimWorld world)
    {
        world.Machines(vms: 2, vcpus: 2);
        world.Workload("console-write", bytes: 256);

        var run = world.RunUntilQuiescent();

        Assert.Equal(256, run.View.Received(vm: 0).Length);
        Assert.Equal(256, run.View.Received(vm: 1).Length);
    }

    [SimTheory(Plan = "Plans/*.chaos.yaml", Seeds = 5)]
    public void Plans_hold(SimWorld world)
    {
        world.RunUntilQuiescent();

        Assert.Equal(1024, world.LastRun!.View.Received().Length);
    }
}
