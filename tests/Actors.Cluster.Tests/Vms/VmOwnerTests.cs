using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

public sealed class VmOwnerTests : IVmOwnerEffects
{
    private static readonly VmId Vm = new(7);
    private readonly List<string> _did = [];
    private readonly List<VmEntry> _entries = [];
    private readonly List<object> _said = [];
    private readonly List<string> _sentences = [];
    private readonly VmOwner _owner;

    public VmOwnerTests() => _owner = new VmOwner(Vm, "here:1", this);

    public string ServiceNode => "here:1";

    private static ClusterHop.StartVm Request => new(TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody);

    [Fact]
    public void A_vm_is_announced_when_it_runs_and_others_know_of_it()
    {
        _owner.Start(Request);
        Assert.Equal(["token"], _did);
        _owner.Take(new FencingToken(5));
        Assert.Equal(["token", "record Owned", "launch 5"], _did);
        _owner.Started([]);
        Assert.Empty(_said);
        _owner.Recorded(new FencingToken(5));
        Assert.Equal(new FencingToken(5), Assert.IsType<ClusterHop.VmUp>(Assert.Single(_said)).Fence);
    }

    [Fact]
    public void A_backend_that_has_seen_a_higher_token_is_told_a_still_higher_one()
    {
        _owner.Start(Request);
        _owner.Take(new FencingToken(5));
        _owner.Refused("the file was taken over", new FencingToken(9));
        Assert.Equal("token, seen 9", _did[^1]);
        _owner.Take(new FencingToken(9));
        Assert.Equal(2, _did.Count(step => step == "token, seen 9"));
        _owner.Take(new FencingToken(10));
        Assert.Equal("launch 10", _did[^1]);
        _owner.Started([]);
        _owner.Recorded(new FencingToken(10));
        Assert.Equal(new FencingToken(10), Assert.IsType<ClusterHop.VmUp>(Assert.Single(_said)).Fence);
    }

    [Fact]
    public void A_backend_that_always_has_seen_a_higher_one_ends_the_attempts()
    {
        _owner.Start(Request);
        var token = 5UL;
        while (_owner.State == VmOwnerState.Fencing)
        {
            _owner.Take(new FencingToken(token));
            _owner.Refused("taken over", new FencingToken(++token));
            Assert.True(token++ < 1000);
        }

        Assert.IsType<MachineHop.VmRefused>(_said[^1]);
    }

    [Fact]
    public void A_machine_that_runs_goes_on_with_a_token_above_what_a_backend_remembers_and_others_hear_of_it()
    {
        Run();
        _owner.Seen(new FencingToken(5));
        _owner.Fenced(new FencingToken(5), new FencingToken(9));
        Assert.Equal("token above 5, seen 9", _did[^1]);
        _owner.Raised(new FencingToken(10));
        Assert.Equal(["record Owned", "raise 5 to 10"], _did[^2..]);
        Assert.Equal(10UL, _entries[^1].Fence.Value);
        Assert.False(_owner.IsWaiting);
        _owner.Recorded(new FencingToken(10));
        var up = Assert.IsType<ClusterHop.VmUp>(_said[^1]);
        Assert.Equal((10UL, (VmLoss?)null), (up.Fence.Value, up.Lost));

        // Lost on its way, it is told again and not asked for again.
        _owner.Fenced(new FencingToken(5), new FencingToken(9));
        Assert.Equal("raise 5 to 10", _did[^1]);
        Assert.Single(_did, step => step.Contains("seen", StringComparison.Ordinal));
    }

    [Fact]
    public void What_another_machine_s_backend_remembers_is_nothing_to_the_owner()
    {
        Run();
        var before = _did.Count;
        _owner.Fenced(new FencingToken(4), new FencingToken(9));
        Assert.Equal(before, _did.Count);
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
                _owner.Stop(ActorRefs.Nobody);
                break;
            case "hand off":
                _owner.HandOff();
                break;
            default:
                _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
                break;
        }

        var before = _did.Count;
        _owner.Fenced(new FencingToken(5), new FencingToken(9));
        _owner.Raised(new FencingToken(10));
        Assert.Equal((before, 5UL), (_did.Count, _owner.Fence.Value));
    }

    [Fact]
    public void A_backend_that_always_remembers_a_higher_one_ends_the_attempts_of_a_machine_that_runs_with_a_sentence()
    {
        Run();
        var token = 5UL;
        for (var i = 0; i < 1000; i++)
        {
            _owner.Fenced(new FencingToken(5), new FencingToken(++token));
            if (_did[^1].Contains("seen", StringComparison.Ordinal))
                _owner.Raised(new FencingToken(++token));
        }

        Assert.Equal(TokenRaises.Most + 1, _did.Count(step => step.Contains("seen", StringComparison.Ordinal)));
        Assert.Single(_sentences, sentence => sentence.Contains("remove NAME.owner", StringComparison.Ordinal));
        Assert.Equal(VmOwnerState.Running, _owner.State);
    }

    [Fact]
    public void A_file_that_remembers_what_no_cluster_can_have_given_is_refused_and_no_token_is_chased()
    {
        _owner.Start(Request);
        _owner.Take(new FencingToken(5));
        _owner.Refused("the file was taken over", new FencingToken(ulong.MaxValue));
        Assert.IsType<MachineHop.VmRefused>(Assert.Single(_said));
        Assert.Single(_sentences);
        Assert.Single(_did, "token");
    }

    [Fact]
    public void What_is_not_seen_is_said_again_at_growing_distances_and_not_for_ever()
    {
        Run();
        var ticks = 0;
        for (; _owner.IsWaiting; ticks++)
        {
            Assert.True(ticks < 10_000);
            _owner.Tick();
        }

        Assert.Equal(VmOwner.MostRepeats + 1, _said.Count);
        Assert.True(ticks > 10 * VmOwner.MostRepeats);
        Assert.Equal(VmOwnerState.Running, _owner.State);
    }

    [Fact]
    public void What_is_seen_is_not_said_again()
    {
        Run();
        _owner.Seen(new FencingToken(5));
        Assert.False(_owner.IsWaiting);
    }

    [Fact]
    public void Seen_of_another_incarnation_is_not_of_this()
    {
        Run();
        _owner.Seen(new FencingToken(4));
        Assert.True(_owner.IsWaiting);
    }

    [Fact]
    public void A_repeated_start_launches_nothing_and_is_answered()
    {
        Run();
        _owner.Start(Request);
        Assert.Single(_did, step => step.StartsWith("launch", StringComparison.Ordinal));
        Assert.Equal(2, _said.Count);
    }

    [Fact]
    public void A_start_of_another_machine_under_the_same_name_is_refused()
    {
        Run();
        _owner.Start(Request with { Spec = TestCluster.Idle(7) with { Vcpus = 2 } });
        Assert.IsType<MachineHop.VmRefused>(_said[^1]);
        Assert.Equal(VmOwnerState.Running, _owner.State);
    }

    [Fact]
    public void A_start_of_another_machine_under_the_name_of_one_that_ended_is_a_new_VM_with_a_higher_token()
    {
        Run();
        _owner.Stop(ActorRefs.Nobody);
        _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        _owner.Start(Request with { Placement = VmPlacement.Split });
        Assert.Equal((VmOwnerState.Fencing, false), (_owner.State, _owner.IsWaiting));
        _owner.Seen(new FencingToken(5));
        _owner.Take(new FencingToken(5));
        Assert.Equal("token above 5", _did[^1]);
        _owner.Take(new FencingToken(6));
        _owner.Started([]);
        _owner.Recorded(new FencingToken(6));
        Assert.Equal(new FencingToken(6), Assert.IsType<ClusterHop.VmUp>(_said[^1]).Fence);
    }

    [Fact]
    public void A_start_after_the_end_was_seen_would_be_a_new_vm_and_before_it_is_the_old_ones_end()
    {
        Run();
        _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
        _owner.Start(Request);
        Assert.Equal(VmEnd.PowerOff, Assert.IsType<ClusterHop.VmDown>(_said[^1]).End);
        Assert.DoesNotContain("leave", _did);
        _owner.Seen(new FencingToken(5));
        Assert.Equal(["record Forgotten", "leave"], _did[^2..]);
    }

    [Fact]
    public void A_token_that_is_not_higher_than_the_last_one_is_not_taken()
    {
        _owner.Begin(Entry(VmEntryState.Owned, 9), new VmLoss(new FencingToken(9), "there:1", 0, 0, 0));
        _owner.Take(new FencingToken(9));
        Assert.Equal(["token above 9", "token above 9"], _did);
        _owner.Take(new FencingToken(10));
        Assert.Equal("launch 10", _did[^1]);
    }

    [Fact]
    public void A_vm_whose_node_went_starts_again_with_what_was_lost_until_that_is_seen()
    {
        var loss = new VmLoss(new FencingToken(9), "there:1", 100, 1, 42);
        _owner.Begin(Entry(VmEntryState.Owned, 9), loss);
        Go(10);
        Assert.Same(loss, Assert.IsType<ClusterHop.VmUp>(Assert.Single(_said)).Lost);
        _owner.Seen(new FencingToken(10));
        _owner.Start(Request);
        Assert.Null(Assert.IsType<ClusterHop.VmUp>(_said[^1]).Lost);
    }

    [Fact]
    public void A_vm_that_is_refused_elsewhere_is_tried_again_a_while_and_then_ends()
    {
        _owner.Begin(Entry(VmEntryState.Owned, 9), new VmLoss(new FencingToken(9), "there:1", 0, 0, 0));
        _owner.Take(new FencingToken(10));
        for (var attempt = 0; attempt < VmOwner.MostLaunches; attempt++)
        {
            _owner.Refused("busy");
            Assert.Empty(_said);
            _owner.Tick();
        }

        _owner.Refused("busy");
        Assert.Equal(VmEnd.Failed, Assert.IsType<ClusterHop.VmDown>(Assert.Single(_said)).End);
        Assert.Equal(VmOwner.MostLaunches + 1, _did.Count(step => step == "launch 10"));
    }

    [Fact]
    public void A_refused_first_start_is_refused_to_the_observer_and_forgotten()
    {
        _owner.Start(Request);
        _owner.Take(new FencingToken(5));
        _owner.Refused("no");
        Assert.IsType<MachineHop.VmRefused>(Assert.Single(_said));
        Assert.Equal(["record Forgotten", "leave"], _did[^2..]);
    }

    [Fact]
    public void A_shard_that_moves_ends_the_machine_first_and_leaves_it_to_others()
    {
        Run();
        _owner.HandOff();
        Assert.Equal("stop", _did[^1]);
        _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Assert.Equal(["record Vacant", "leave"], _did[^2..]);
        Assert.DoesNotContain(_said, message => message is ClusterHop.VmDown);
    }

    [Fact]
    public void A_guest_that_powers_off_while_its_shard_moves_has_ended()
    {
        Run();
        _owner.HandOff();
        _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
        Assert.Equal(["record Ended", "leave"], _did[^2..]);
        Assert.Equal(VmEnd.PowerOff, Assert.IsType<ClusterHop.VmDown>(_said[^1]).End);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_stop_at_any_time_ends_the_vm(int steps)
    {
        _owner.Start(Request);
        if (steps > 0)
            _owner.Take(new FencingToken(5));
        if (steps > 1)
            _owner.Started([]);
        _owner.Stop(ActorRefs.Nobody);
        if (steps == 0)
            _owner.Take(new FencingToken(5));
        if (steps == 1)
            _owner.Started([]);
        if (steps > 0)
        {
            Assert.Equal("stop", _did[^1]);
            _owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        }

        Assert.Equal(VmEnd.Stopped, Assert.IsType<ClusterHop.VmDown>(_said[^1]).End);
        Assert.Equal(steps > 0, _did.Contains("launch 5"));
    }

    [Fact]
    public void A_stop_of_what_does_not_run_is_answered()
    {
        _owner.Stop(ActorRefs.Nobody);
        Assert.IsType<ClusterHop.VmDown>(Assert.Single(_said));
        Assert.Equal(["leave"], _did);
    }

    [Fact]
    public void An_end_that_was_not_seen_is_told_by_the_next_owner()
    {
        var down = new ClusterHop.VmDown(Vm, new FencingToken(9), VmEnd.PowerOff, null, []);
        _owner.Begin(Entry(VmEntryState.Ended, 9) with { Down = down }, null);
        Assert.Same(down, Assert.Single(_said));
        _owner.Seen(new FencingToken(9));
        Assert.Equal(["record Forgotten", "leave"], _did);
    }

    void IVmOwnerEffects.AskToken(FencingToken above, FencingToken seen) =>
        _did.Add((above.IsGuarded ? $"token above {above.Value}" : "token") + (seen.IsGuarded ? $", seen {seen.Value}" : ""));

    void IVmOwnerEffects.Raise(FencingToken machine, FencingToken fence) => _did.Add($"raise {machine.Value} to {fence.Value}");

    void IVmOwnerEffects.Say(string sentence) => _sentences.Add(sentence);

    void IVmOwnerEffects.Launch(VmSpec spec, VmPlacement placement, FencingToken fence) => _did.Add($"launch {fence.Value}");

    void IVmOwnerEffects.StopMachine() => _did.Add("stop");

    void IVmOwnerEffects.Record(VmEntry entry)
    {
        _entries.Add(entry);
        _did.Add($"record {entry.State}");
    }

    void IVmOwnerEffects.Tell(IActorRef to, object message) => _said.Add(message);

    void IVmOwnerEffects.Leave() => _did.Add("leave");

    private static VmEntry Entry(VmEntryState state, ulong fence) =>
        new(Vm, new FencingToken(fence), state, "there:1", TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody, null);

    private void Run()
    {
        _owner.Start(Request);
        Go(5);
    }

    private void Go(ulong fence)
    {
        _owner.Take(new FencingToken(fence));
        _owner.Recorded(new FencingToken(fence));
        _owner.Started([]);
    }
}
