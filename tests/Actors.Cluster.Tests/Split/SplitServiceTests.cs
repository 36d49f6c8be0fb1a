using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>What is decided about the service side of one VM, without an actor.</summary>
public sealed class SplitServiceTests : ISplitEffects
{
    private static readonly VmId Vm = new(7);

    private readonly SplitService _core;
    private readonly Queue<string?> _nodes = new();
    private readonly List<(string Node, object Message)> _sent = [];
    private readonly List<object> _told = [];
    private readonly List<string> _released = [];
    private int _asked;
    private bool _left;

    public SplitServiceTests() => _core = new SplitService(Vm, this);

    [Fact]
    public void It_is_launched_and_taken_over_with_a_higher_token_when_its_node_is_lost()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        Assert.IsType<MachineHop.VmStarted>(Assert.Single(_told));

        _core.NodeGone("b:1");
        _core.NodeGone("a:1");
        Assert.Equal((1, SplitState.Fencing), (_asked, _core.State));
        Assert.Equal(["a:1"], _released);
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(5));
        Assert.Equal(2, _asked);
        _core.Take(new FencingToken(6));
        Assert.Equal(("b:1", "adopt 6"), _sent[^1]);

        // What the lost one says late counts for nothing.
        _core.Ended("a:1", new MachineHop.VmEnded(Vm, VmEnd.Failed, null, []));
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        Assert.Single(_told);
        _core.Started("b:1", new MachineHop.VmStarted(Vm, ["x"]));
        var moved = Assert.IsType<ServiceMoved>(_told[^1]);
        Assert.Equal((6UL, "b:1"), (moved.Fence.Value, moved.Node));
    }

    [Fact]
    public void Lost_before_it_was_made_it_is_made_elsewhere()
    {
        Launch("a:1");
        _core.NodeGone("a:1");
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(6));
        _core.Refused("b:1", new MachineHop.AdoptionRefused(Vm, new FencingToken(6), Errno.NoDevice, "no"));
        Assert.Equal(("b:1", "launch 6"), _sent[^1]);
        _core.Started("b:1", new MachineHop.VmStarted(Vm, []));
        Assert.IsType<MachineHop.VmStarted>(Assert.Single(_told));
    }

    [Fact]
    public void Orders_are_said_again_until_they_are_answered()
    {
        Launch("a:1");
        _core.Tick();
        Assert.Equal([("a:1", "launch 5"), ("a:1", "launch 5")], _sent);
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.Tick();
        Assert.Equal(2, _sent.Count);
        _core.Stop();
        _core.Tick();
        Assert.Equal(4, _sent.Count);
        Assert.True(_core.IsStopping);
        _core.Ended("a:1", new MachineHop.VmEnded(Vm, VmEnd.Stopped, null, []));
        Assert.True(_left);
        Assert.False(_core.IsStopping);
    }

    [Fact]
    public void Without_a_node_it_waits_and_a_stop_ends_it()
    {
        Launch(null);
        Assert.Equal(SplitState.Waiting, _core.State);
        Assert.Empty(_sent);
        _nodes.Enqueue("a:1");
        _core.NodeCame();
        Assert.Equal(("a:1", "launch 5"), Assert.Single(_sent));

        var other = new SplitService(Vm, this);
        other.Launch(new FencingToken(5));
        other.Stop();
        Assert.Equal(VmEnd.Stopped, Assert.IsType<MachineHop.VmEnded>(_told[^1]).End);
    }

    [Fact]
    public void A_node_that_cannot_take_it_over_is_left_for_another_after_a_while()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.NodeGone("a:1");
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(6));
        _core.Refused("b:1", new MachineHop.AdoptionRefused(Vm, new FencingToken(6), Errno.Invalid, "the file isn't there"));
        Assert.Equal((SplitState.Refused, 1), (_core.State, _asked));
        _core.Tick();
        Assert.Equal(2, _asked);
        _nodes.Enqueue("c:1");
        _core.Take(new FencingToken(7));
        Assert.Equal(("c:1", "adopt 7"), _sent[^1]);
    }

    [Fact]
    public void A_guest_s_side_that_is_gone_ends_it()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.NodeGone("a:1");
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(6));
        _core.Refused("b:1", new MachineHop.AdoptionRefused(Vm, new FencingToken(6), Errno.NoDevice, "no such VM"));
        Assert.Equal(VmEnd.Failed, Assert.IsType<MachineHop.VmEnded>(_told[^1]).End);
        Assert.True(_left);
    }

    [Fact]
    public void What_a_backend_remembers_goes_to_the_owner_and_the_higher_token_to_the_machine_there()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.Fenced("a:1", new FencingToken(5), new FencingToken(9));
        Assert.Equal(new ServiceFenced(new FencingToken(9)), _told[^1]);
        _core.Raise(new FencingToken(10));
        var raise = new MachineHop.RaiseFence(Vm, new FencingToken(5), new FencingToken(10));
        Assert.Equal(("a:1", raise), _sent[^1]);

        // Lost on its way: it asks again, and the owner needn't.
        _core.Fenced("a:1", new FencingToken(5), new FencingToken(9));
        Assert.Equal(("a:1", raise), _sent[^1]);
        Assert.Equal((3, 2), (_sent.Count, _told.Count));

        // What comes after it is higher still.
        _core.NodeGone("a:1");
        _core.Take(new FencingToken(8));
        Assert.Equal((2, SplitState.Fencing), (_asked, _core.State));
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(11));
        Assert.Equal(("b:1", "adopt 11"), _sent[^1]);
    }

    [Fact]
    public void A_service_side_that_was_fenced_rightly_raises_nothing()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.NodeGone("a:1");
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(6));
        _core.Started("b:1", new MachineHop.VmStarted(Vm, []));
        var (sent, told) = (_sent.Count, _told.Count);

        // The stalled node wakes up and finds its successor's token; and a machine of before is still on the successor's node.
        _core.Fenced("a:1", new FencingToken(5), new FencingToken(6));
        _core.Fenced("b:1", new FencingToken(5), new FencingToken(6));
        Assert.Equal((sent, told), (_sent.Count, _told.Count));
    }

    [Fact]
    public void A_takeover_that_a_backend_refuses_for_what_it_remembers_goes_on_when_the_vm_has_a_higher_token()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.NodeGone("a:1");
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(6));
        _core.Refused("b:1", new MachineHop.AdoptionRefused(Vm, new FencingToken(6), Errno.Invalid, "the file remembers", new FencingToken(9)));
        Assert.Equal(new ServiceFenced(new FencingToken(9)), _told[^1]);
        Assert.Equal(SplitState.Refused, _core.State);
        _nodes.Enqueue("b:1");
        _core.Raise(new FencingToken(10));
        Assert.Equal(("b:1", "adopt 10"), _sent[^1]);
        _core.Started("b:1", new MachineHop.VmStarted(Vm, []));
        Assert.Equal(10UL, Assert.IsType<ServiceMoved>(_told[^1]).Fence.Value);
    }

    [Fact]
    public void A_token_that_comes_while_a_takeover_is_under_way_is_told_to_the_machine_that_comes_of_it()
    {
        Launch("a:1");
        _core.Started("a:1", new MachineHop.VmStarted(Vm, []));
        _core.NodeGone("a:1");
        _nodes.Enqueue("b:1");
        _core.Take(new FencingToken(6));
        _core.Raise(new FencingToken(10));
        _core.Tick();
        Assert.Equal(("b:1", "adopt 6"), _sent[^1]);
        _core.Started("b:1", new MachineHop.VmStarted(Vm, []));
        Assert.Equal(("b:1", new MachineHop.RaiseFence(Vm, new FencingToken(6), new FencingToken(10))), _sent[^1]);
        Assert.Equal(10UL, Assert.IsType<ServiceMoved>(_told[^1]).Fence.Value);
    }

    string? ISplitEffects.TakeNode(string? except) => _nodes.TryDequeue(out var node) ? node : null;

    void ISplitEffects.ReleaseNode(string node) => _released.Add(node);

    void ISplitEffects.Send(string node, object message) => _sent.Add((node, message));

    object ISplitEffects.Order(FencingToken fence, bool isAdoption) => $"{(isAdoption ? "adopt" : "launch")} {fence.Value}";

    void ISplitEffects.TellOwner(object message) => _told.Add(message);

    void ISplitEffects.AskToken() => _asked++;

    void ISplitEffects.Say(string sentence)
    {
    }

    void ISplitEffects.Leave() => _left = true;

    private void Launch(string? node)
    {
        if (node is not null)
            _nodes.Enqueue(node);
        _core.Launch(new FencingToken(5));
    }
}
