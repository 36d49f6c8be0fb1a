using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

public sealed class VmOwnerTests : OwnerRig
{
    [Fact]
    public void A_vm_is_announced_when_it_runs_and_others_know_of_it()
    {
        Owner.Start(Request);
        Assert.Equal(["token"], Did);
        Owner.Take(new FencingToken(5));
        Assert.Equal(["token", "record Owned", "launch 5"], Did);
        Owner.Started([]);
        Assert.Empty(Said);
        Owner.Recorded(new FencingToken(5), VmEntryState.Owned);
        Assert.Equal(new FencingToken(5), Assert.IsType<ClusterHop.VmUp>(Assert.Single(Said)).Fence);
    }

    [Fact]
    public void A_backend_that_has_seen_a_higher_token_is_told_a_still_higher_one()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Refused("the file was taken over", new FencingToken(9));
        Assert.Equal("token, seen 9", Did[^1]);
        Owner.Take(new FencingToken(9));
        Assert.Equal(2, Did.Count(step => step == "token, seen 9"));
        Owner.Take(new FencingToken(10));
        Assert.Equal("launch 10", Did[^1]);
        Owner.Started([]);
        Owner.Recorded(new FencingToken(10), VmEntryState.Owned);
        Assert.Equal(new FencingToken(10), Assert.IsType<ClusterHop.VmUp>(Assert.Single(Said)).Fence);
    }

    [Fact]
    public void A_backend_that_always_has_seen_a_higher_one_ends_the_attempts()
    {
        Owner.Start(Request);
        var token = 5UL;
        while (Owner.State == VmOwnerState.Fencing)
        {
            Owner.Take(new FencingToken(token));
            Owner.Refused("taken over", new FencingToken(++token));
            Assert.True(token++ < 1000);
        }

        Know();
        Assert.IsType<MachineHop.VmRefused>(Said[^1]);
    }

    [Fact]
    public void A_machine_that_runs_goes_on_with_a_token_above_what_a_backend_remembers_and_others_hear_of_it()
    {
        Run();
        Owner.Seen(new FencingToken(5), isEnd: false);
        Owner.Fenced(new FencingToken(5), new FencingToken(9));
        Assert.Equal("token above 5, seen 9", Did[^1]);
        Owner.Raised(new FencingToken(10));
        Assert.Equal(["record Owned", "raise 5 to 10"], Did[^2..]);
        Assert.Equal(10UL, Entries[^1].Fence.Value);
        Assert.False(Owner.IsWaiting);
        Owner.Recorded(new FencingToken(10), VmEntryState.Owned);
        var up = Assert.IsType<ClusterHop.VmUp>(Said[^1]);
        Assert.Equal((10UL, (VmLoss?)null), (up.Fence.Value, up.Lost));

        // Lost on its way, it is told again and not asked for again.
        Owner.Fenced(new FencingToken(5), new FencingToken(9));
        Assert.Equal("raise 5 to 10", Did[^1]);
        Assert.Single(Did, step => step.Contains("seen", StringComparison.Ordinal));
    }

    [Fact]
    public void What_another_machine_s_backend_remembers_is_nothing_to_the_owner()
    {
        Run();
        var before = Did.Count;
        Owner.Fenced(new FencingToken(4), new FencingToken(9));
        Assert.Equal(before, Did.Count);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("hand off")]
    [InlineData("end")]
    public void Who_is_about_to_go_asks_for_no_higher_token_and_takes_none(string how)
    {
        Run();
        switch (how)
        {
            case "stop":
                Owner.Stop(ActorRefs.Nobody);
                break;
            case "hand off":
                Owner.HandOff();
                break;
            default:
                Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
                break;
        }

        var before = Did.Count;
        Owner.Fenced(new FencingToken(5), new FencingToken(9));
        Owner.Raised(new FencingToken(10));
        Assert.Equal((before, 5UL), (Did.Count, Owner.Fence.Value));
    }

    [Fact]
    public void A_backend_that_always_remembers_a_higher_one_ends_the_attempts_of_a_machine_that_runs_with_a_sentence()
    {
        Run();
        var token = 5UL;
        for (var i = 0; i < 1000; i++)
        {
            Owner.Fenced(new FencingToken(5), new FencingToken(++token));
            if (Did[^1].Contains("seen", StringComparison.Ordinal))
                Owner.Raised(new FencingToken(++token));
        }

        Assert.Equal(TokenRaises.Most + 1, Did.Count(step => step.Contains("seen", StringComparison.Ordinal)));
        Assert.Single(Sentences, sentence => sentence.Contains("remove NAME.owner", StringComparison.Ordinal));
        Assert.Equal(VmOwnerState.Running, Owner.State);
    }

    [Fact]
    public void A_file_that_remembers_what_no_cluster_can_have_given_is_refused_and_no_token_is_chased()
    {
        Owner.Start(Request);
        Owner.Take(new FencingToken(5));
        Owner.Refused("the file was taken over", new FencingToken(ulong.MaxValue));
        Know();
        Assert.IsType<MachineHop.VmRefused>(Assert.Single(Said));
        Assert.Single(Sentences);
        Assert.Single(Did, "token");
    }

    [Fact]
    public void What_is_not_seen_is_said_again_at_growing_distances_and_not_for_ever()
    {
        Run();
        var ticks = 0;
        for (; Owner.IsWaiting; ticks++)
        {
            Assert.True(ticks < 10_000);
            Owner.Tick();
        }

        Assert.Equal(VmOwner.MostRepeats + 1, Said.Count);
        Assert.True(ticks > 10 * VmOwner.MostRepeats);
        Assert.Equal(VmOwnerState.Running, Owner.State);
    }

    [Fact]
    public void What_is_seen_is_not_said_again()
    {
        Run();
        Owner.Seen(new FencingToken(5), isEnd: false);
        Assert.False(Owner.IsWaiting);
    }

    [Fact]
    public void Seen_of_another_incarnation_is_not_of_this()
    {
        Run();
        Owner.Seen(new FencingToken(4), isEnd: false);
        Assert.True(Owner.IsWaiting);
    }

    [Fact]
    public void A_repeated_start_launches_nothing_and_is_answered()
    {
        Run();
        Owner.Start(Request);
        Assert.Single(Did, step => step.StartsWith("launch", StringComparison.Ordinal));
        Assert.Equal(2, Said.Count);
    }

    [Fact]
    public void A_start_of_another_machine_under_the_same_name_is_refused()
    {
        Run();
        Owner.Start(Request with { Spec = TestCluster.Idle(7) with { Vcpus = 2 } });
        Assert.IsType<MachineHop.VmRefused>(Said[^1]);
        Assert.Equal(VmOwnerState.Running, Owner.State);
    }

    [Fact]
    public void A_start_of_another_machine_under_the_name_of_one_that_ended_is_a_new_VM_with_a_higher_token()
    {
        Run();
        Owner.Stop(ActorRefs.Nobody);
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Know();
        Owner.Start(Request with { Placement = VmPlacement.Split });
        Assert.Equal((VmOwnerState.Fencing, false), (Owner.State, Owner.IsWaiting));
        Owner.Seen(new FencingToken(5), isEnd: true);
        Owner.Take(new FencingToken(5));
        Assert.Equal("token above 5", Did[^1]);
        Owner.Take(new FencingToken(6));
        Owner.Started([]);
        Owner.Recorded(new FencingToken(6), VmEntryState.Owned);
        Assert.Equal(new FencingToken(6), Assert.IsType<ClusterHop.VmUp>(Said[^1]).Fence);
    }

    [Fact]
    public void A_start_after_the_end_was_seen_would_be_a_new_vm_and_before_it_is_the_old_ones_end()
    {
        Run();
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
        Know();
        Owner.Start(Request);
        Assert.Equal(VmEnd.PowerOff, Assert.IsType<ClusterHop.VmDown>(Said[^1]).End);
        Assert.DoesNotContain("leave", Did);
        Owner.Seen(new FencingToken(5), isEnd: true);
        Assert.Equal(["record Forgotten", "leave"], Did[^2..]);
    }

    [Fact]
    public void A_token_that_is_not_higher_than_the_last_one_is_not_taken()
    {
        Owner.Begin(Entry(VmEntryState.Owned, 9), new VmLoss(new FencingToken(9), "there:1", 0, 0, 0));
        Owner.Take(new FencingToken(9));
        Assert.Equal(["token above 9", "token above 9"], Did);
        Owner.Take(new FencingToken(10));
        Assert.Equal("launch 10", Did[^1]);
    }

    [Fact]
    public void A_vm_whose_node_went_starts_again_with_what_was_lost_until_that_is_seen()
    {
        var loss = new VmLoss(new FencingToken(9), "there:1", 100, 1, 42);
        Owner.Begin(Entry(VmEntryState.Owned, 9), loss);
        Go(10);
        Assert.Same(loss, Assert.IsType<ClusterHop.VmUp>(Assert.Single(Said)).Lost);
        Owner.Seen(new FencingToken(10), isEnd: false);
        Owner.Start(Request);
        Assert.Null(Assert.IsType<ClusterHop.VmUp>(Said[^1]).Lost);
    }

    [Fact]
    public void A_vm_that_is_refused_elsewhere_is_tried_again_a_while_and_then_ends()
    {
        Owner.Begin(Entry(VmEntryState.Owned, 9), new VmLoss(new FencingToken(9), "there:1", 0, 0, 0));
        Owner.Take(new FencingToken(10));
        for (var attempt = 0; attempt < VmOwner.MostLaunches; attempt++)
        {
            Owner.Refused("busy");
            Assert.Empty(Said);
            Owner.Tick();
        }

        Owner.Refused("busy");
        Know();
        Assert.Equal(VmEnd.Failed, Assert.IsType<ClusterHop.VmDown>(Assert.Single(Said)).End);
        Assert.Equal(VmOwner.MostLaunches + 1, Did.Count(step => step == "launch 10"));
    }

    [Fact]
    public void A_shard_that_moves_ends_the_machine_first_and_leaves_it_to_others()
    {
        Run();
        Owner.HandOff();
        Assert.Equal("stop", Did[^1]);
        Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Assert.Equal(["record Vacant", "leave"], Did[^2..]);
        Assert.DoesNotContain(Said, message => message is ClusterHop.VmDown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_stop_at_any_time_ends_the_vm(int steps)
    {
        Owner.Start(Request);
        if (steps > 0)
            Owner.Take(new FencingToken(5));
        if (steps > 1)
            Owner.Started([]);
        Owner.Stop(ActorRefs.Nobody);
        if (steps == 0)
            Owner.Take(new FencingToken(5));
        if (steps == 1)
            Owner.Started([]);
        if (steps > 0)
        {
            Assert.Equal("stop", Did[^1]);
            Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        }

        Know();
        Assert.Equal(VmEnd.Stopped, Assert.IsType<ClusterHop.VmDown>(Said[^1]).End);
        Assert.Equal(steps > 0, Did.Contains("launch 5"));
    }

    [Fact]
    public void A_stop_of_what_does_not_run_is_answered()
    {
        Owner.Stop(ActorRefs.Nobody);
        Assert.IsType<ClusterHop.VmDown>(Assert.Single(Said));
        Assert.Equal(["leave"], Did);
    }
}
