using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>What an observer hears of starts and ends, and what its answers say.</summary>
public sealed class VmOwnerNewsTests : OwnerRig
{
    [Fact]
    public void An_incarnation_that_ends_before_others_know_of_it_is_announced_with_its_end()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Started([]);
        PowerOff();
        Assert.Empty(Said);
        Know();
        AssertUpAndDown(5);
    }

    [Fact]
    public void What_was_lost_is_told_also_when_the_next_incarnation_ends_at_once()
    {
        var loss = new VmLoss(new FencingToken(9), "there:1", 100, 1, 42);
        Owner.Begin(Entry(VmEntryState.Owned, 9), loss);
        Owner.Take(new FencingToken(10));
        Owner.Started([]);
        PowerOff();
        Know();
        Assert.Same(loss, AssertUpAndDown(10).Lost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_service_side_that_moved_or_a_token_that_was_raised_is_told_also_when_the_machine_ends_before_others_know(bool isMoved)
    {
        Run();
        Owner.Seen(new FencingToken(5), isEnd: false);
        if (isMoved)
            Owner.ServiceMoved(new FencingToken(6), []);
        else
            Owner.Raised(new FencingToken(6));
        PowerOff();
        Know();
        AssertUpAndDown(6);
    }

    [Fact]
    public void Start_and_end_are_said_again_together_until_the_start_is_seen_and_then_the_end_alone()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Started([]);
        PowerOff();
        Know();
        Owner.Tick();
        Assert.Equal(4, Said.Count);
        AssertUpAndDown(5);
        Owner.Seen(new FencingToken(5), isEnd: false);
        for (var seconds = 0; seconds < 30 && Said.Count == 4; seconds++)
            Owner.Tick();
        Assert.Equal(5, Said.Count);
        Assert.IsType<ClusterHop.VmDown>(Said[4]);
    }

    [Fact]
    public void A_start_that_was_seen_is_not_told_with_the_end()
    {
        Run();
        Owner.Seen(new FencingToken(5), isEnd: false);
        PowerOff();
        Know();
        Assert.Equal([typeof(ClusterHop.VmUp), typeof(ClusterHop.VmDown)], Said.Select(message => message.GetType()));
    }

    [Fact]
    public void What_never_ran_is_not_announced()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Stop(ActorRefs.Nobody);
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Know();
        Assert.IsType<ClusterHop.VmDown>(Assert.Single(Said));
    }

    [Fact]
    public void Of_the_machine_before_it_under_the_same_name_nothing_is_told_with_the_end_of_one_that_never_ran()
    {
        Run();
        PowerOff();
        Know();
        Owner.Start(Request with { Placement = VmPlacement.Split });
        Owner.Take(new FencingToken(6));
        Said.Clear();
        Owner.Stop(ActorRefs.Nobody);
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Know();
        Assert.Equal(6UL, Assert.IsType<ClusterHop.VmDown>(Assert.Single(Said)).Fence.Value);
    }

    [Fact]
    public void Who_says_late_that_it_has_heard_of_the_start_has_not_said_that_it_heard_of_the_end()
    {
        Run();
        PowerOff();
        Know();
        Owner.Seen(new FencingToken(5), isEnd: false);
        Assert.Equal((VmOwnerState.Ended, true), (Owner.State, Owner.IsWaiting));
        Assert.DoesNotContain("record Forgotten", Did);
        Owner.Tick();
        Assert.IsType<ClusterHop.VmDown>(Said[^1]);
        Owner.Seen(new FencingToken(5), isEnd: true);
        Assert.Equal(["record Forgotten", "leave"], Did[^2..]);
    }

    [Fact]
    public void Who_says_that_it_has_heard_of_an_end_has_not_heard_that_the_machine_runs()
    {
        Run();
        Owner.Seen(new FencingToken(5), isEnd: true);
        Assert.Equal((VmOwnerState.Running, true), (Owner.State, Owner.IsWaiting));
    }

    [Fact]
    public void Answers_name_what_was_heard()
    {
        var up = new ClusterHop.VmUp(Vm, new FencingToken(5), "here:1", "here:1", null, []);
        var down = new ClusterHop.VmDown(Vm, new FencingToken(6), VmEnd.PowerOff, null, []);
        Assert.Equal(new ClusterHop.VmSeen(Vm, up.Fence, IsEnd: false), up.Seen());
        Assert.Equal(new ClusterHop.VmSeen(Vm, down.Fence, IsEnd: true), down.Seen());
    }

    /// <summary>The last that was said: that it runs, and then that it is over.</summary>
    private ClusterHop.VmUp AssertUpAndDown(ulong fence)
    {
        var up = Assert.IsType<ClusterHop.VmUp>(Said[^2]);
        Assert.Equal((fence, fence), (up.Fence.Value, Assert.IsType<ClusterHop.VmDown>(Said[^1]).Fence.Value));
        return up;
    }
}
