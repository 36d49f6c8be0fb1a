using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>Who was told that a VM is over may rely on its not being started again, or is told that it may not.</summary>
public sealed class VmOwnerEndsTests : OwnerRig
{
    [Fact]
    public void An_end_is_told_when_the_others_know_of_it_and_not_before()
    {
        Run();
        Owner.Stop(ActorRefs.Nobody);
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Assert.Equal("record Ended", Did[^1]);
        Assert.DoesNotContain(Said, message => message is ClusterHop.VmDown);

        // What is known of the start says nothing about the end, nor does that somebody saw the start.
        Owner.Recorded(new FencingToken(5), VmEntryState.Owned);
        Owner.Seen(new FencingToken(5), isEnd: false);
        Owner.Recorded(new FencingToken(4), VmEntryState.Ended);
        Assert.DoesNotContain(Said, message => message is ClusterHop.VmDown);

        Owner.Recorded(new FencingToken(5), VmEntryState.Ended);
        var down = Assert.IsType<ClusterHop.VmDown>(Said[^1]);
        Assert.Equal((VmEnd.Stopped, null), (down.End, down.Detail));
        Owner.Seen(new FencingToken(5), isEnd: true);
        Assert.Equal(["record Forgotten", "leave"], Did[^2..]);
    }

    [Fact]
    public void An_end_that_others_never_say_they_know_is_told_after_a_while_and_says_so()
    {
        Run();
        Owner.Seen(new FencingToken(5), isEnd: false);
        PowerOff();
        var told = Said.Count;
        for (var tick = 1; tick < VmOwner.MostTicksUntold; tick++)
        {
            Assert.True(Owner.IsWaiting);
            Owner.Tick();
        }

        Assert.Equal(told, Said.Count);
        Owner.Tick();
        var down = Assert.IsType<ClusterHop.VmDown>(Said[^1]);
        Assert.Equal(VmEnd.PowerOff, down.End);
        Assert.Contains("may be started again", down.Detail, StringComparison.Ordinal);
        Assert.Contains("may be started again", Assert.Single(Sentences), StringComparison.Ordinal);

        // They know it later: what is said again is without a doubt.
        Know();
        Owner.Tick();
        Assert.Null(Assert.IsType<ClusterHop.VmDown>(Said[^1]).Detail);
        Assert.Equal(told + 2, Said.Count);
    }

    [Fact]
    public void What_made_a_machine_end_stands_before_the_doubt()
    {
        Run();
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Failed, "the disk", []));
        Wait();
        Assert.StartsWith("the disk; not every other node", Assert.IsType<ClusterHop.VmDown>(Said[^1]).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_first_start_is_refused_to_the_observer_when_the_others_have_forgotten_it()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Refused("no");
        Assert.Equal("record Forgotten", Did[^1]);
        Assert.Empty(Said);
        Know();
        Assert.Equal("no", Assert.IsType<MachineHop.VmRefused>(Assert.Single(Said)).Reason);
        Assert.Equal("leave", Did[^1]);
        Assert.False(Owner.IsWaiting);
    }

    [Fact]
    public void A_refusal_that_others_may_not_know_of_says_so()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Refused("no");
        Wait();
        Assert.StartsWith("no; not every other node", Assert.IsType<MachineHop.VmRefused>(Assert.Single(Said)).Reason, StringComparison.Ordinal);
        Assert.Equal("leave", Did[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_that_powers_off_while_its_shard_moves_has_ended_and_its_owner_leaves_when_that_is_told(bool isMovedFirst)
    {
        Run();
        if (isMovedFirst)
            Owner.HandOff();
        PowerOff();
        if (!isMovedFirst)
            Owner.HandOff();
        Assert.Equal("record Ended", Did[^1]);
        Assert.DoesNotContain(Said, message => message is ClusterHop.VmDown);
        Know();
        Assert.Equal("leave", Did[^1]);
        Assert.Equal(VmEnd.PowerOff, Assert.IsType<ClusterHop.VmDown>(Said[^1]).End);
    }

    [Fact]
    public void An_owner_whose_shard_moves_does_not_wait_for_ever()
    {
        Run();
        Owner.HandOff();
        PowerOff();
        Wait();
        Assert.Equal("leave", Did[^1]);
        Assert.Contains("may be started again", Assert.IsType<ClusterHop.VmDown>(Said[^1]).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_end_that_was_not_seen_is_told_by_the_next_owner_when_all_have_heard_it_from_that_one()
    {
        var down = new ClusterHop.VmDown(Vm, new FencingToken(9), VmEnd.PowerOff, null, []);
        Owner.Begin(Entry(VmEntryState.Ended, 9) with { Down = down }, null);
        Assert.Equal(["record Ended"], Did);
        Assert.Same(down, Assert.Single(Entries).Down);
        Assert.Empty(Said);
        Know();
        Assert.Same(down, Assert.Single(Said));
        Owner.Seen(new FencingToken(9), isEnd: true);
        Assert.Equal(["record Forgotten", "leave"], Did[^2..]);
    }

    [Fact]
    public void Another_machine_under_the_name_of_one_that_is_ending_begins_when_that_end_is_told()
    {
        Run();
        PowerOff();
        Owner.Start(Request with { Placement = VmPlacement.Split });
        Assert.DoesNotContain(Said, message => message is MachineHop.VmRefused);
        Assert.Equal("record Ended", Did[^1]);
        Know();
        Assert.IsType<ClusterHop.VmDown>(Said[^1]);
        Assert.Equal(("token above 5", VmOwnerState.Fencing), (Did[^1], Owner.State));
        Go(6);
        Assert.Equal((VmPlacement.Split, 6UL), (Entries[^1].Placement, Assert.IsType<ClusterHop.VmUp>(Said[^1]).Fence.Value));
    }

    [Fact]
    public void Another_machine_is_not_begun_where_the_shard_leaves()
    {
        Run();
        PowerOff();
        Owner.Start(Request with { Placement = VmPlacement.Split });
        Owner.HandOff();
        Know();
        Assert.Equal("leave", Did[^1]);
        Assert.DoesNotContain("token above 5", Did);
    }

    [Fact]
    public void The_same_machine_wanted_by_another_is_told_its_end()
    {
        Run();
        PowerOff();
        Owner.Start(Request);
        Know();
        Assert.IsType<ClusterHop.VmDown>(Said[^1]);
        Assert.DoesNotContain(Did, step => step.StartsWith("token above", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_an_incarnation_that_is_older_than_what_the_others_have_nobody_is_told_an_end()
    {
        Run();
        PowerOff();
        Owner.Outdated(new FencingToken(4));
        Assert.Equal(VmOwnerState.Closing, Owner.State);
        Owner.Outdated(new FencingToken(5));
        Assert.Equal("leave", Did[^1]);
        Assert.DoesNotContain(Said, message => message is ClusterHop.VmDown);
        Assert.Single(Sentences);
    }

    /// <summary>Nobody answers.</summary>
    private void Wait()
    {
        for (var tick = 0; tick < VmOwner.MostTicksUntold; tick++)
            Owner.Tick();
    }
}
