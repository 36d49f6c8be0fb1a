using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>A machine on a cluster of nodes in this process.</summary>
internal sealed class ClusterHost : IMachineHost
{
    /// <summary>With fewer none can be lost: what is left has no majority.</summary>
    private const int LosableNodes = 3;

    /// <summary>A node that isn't a member by then never will be.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    private readonly MachineOrder _order;
    private readonly RealTimeParts _parts;
    private readonly MachineLedger _ledger;
    private readonly List<ClusterNode> _nodes = [];

    public ClusterHost(MachineOrder order)
    {
        _order = order;
        _parts = new RealTimeParts(order);
        _ledger = new MachineLedger(order.Recording);
        try
        {
            for (var i = 0; i < order.Nodes; i++)
                AddNode(i);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A node that is lost is missed after ten seconds; the rest is for a machine that has other things to do, or stands still.</remarks>
    public TimeSpan Patience => TimeSpan.FromMinutes(3);

    public TimeSpan Now => _parts.Now;

    public string? Trouble => _ledger.Trouble;

    public bool IsEnded => _ledger.IsEnded;

    public string? Divergence => null;

    public ChoiceLog? LogSoFar(string what) => null;

    public void Launch()
    {
        // The last node hears of the machine: it is the one that isn't lost first.
        var (spec, entrance) = (_parts.Describe(0), _nodes[0].Entrance);
        Action<IActorRef> ask = observer => entrance.Tell(new ClusterHop.StartVm(spec, VmPlacement.Colocated, observer), observer);
        _nodes[^1].System.ActorOf(Props.Create(() => new MachineObserver(_ledger, ask)), "machine");
    }

    public void Booted() => _parts.Arm(_order.Plan.Faults);

    public bool Wait(Func<bool> isSo, TimeSpan within) => _order.Recording.WaitFor(isSo, within);

    public InspectNode? Inspect() => Home() is { } home ? StateQuestion.Ask(home.System, home.Rooms) : null;

    public bool WaitForState(Func<InspectNode?, bool> isSo, TimeSpan within) => StateQuestion.Wait(_order.Recording, Inspect, isSo, within);

    public void Nudge(int vcpu) => Tell($"hypervisor/vm-0/vcpu-{vcpu}", VcpuNudge.Instance);

    public void Act(Action action) => action();

    public void Break(FaultRule rule) => _parts.Arm([rule]);

    public string PathOf(SimPart part, Bdf device, int port) => MachinePaths.Of(part, 0, device, port);

    public void Crash(SimPart part, Bdf device, int port) => Tell(PathOf(part, device, port), Kill.Instance);

    public void CrashNode()
    {
        var home = Home() ?? throw new InvalidOperationException("No node has the machine: it is not up, or on its way elsewhere.");
        if (_nodes.Count < LosableNodes)
            throw new InvalidOperationException("Of fewer than three nodes none can be lost: what is left has no majority. Ask for more with Nodes(3).");
        _nodes.Remove(home);
        home.AbortAsync().Wait(EndPatience);
    }

    public IReadOnlyList<string> Finish(bool isHostile) => _ledger.Trouble is { } trouble ? [trouble] : [];

    public void Dispose()
    {
        foreach (var node in _nodes)
            node.DisposeAsync().AsTask().Wait(EndPatience);
        _nodes.Clear();
    }

    /// <summary>A busy machine is late with heartbeats. Where no node can be lost, none is taken for lost; elsewhere one that is silent for longer than a machine is busy.</summary>
    private static string Settings(int nodes) => $"akka {{ loggers = [], cluster.failure-detector.acceptable-heartbeat-pause = {(nodes < LosableNodes ? "1h" : "10s")} }}";

    /// <summary>The node that has the machine; null: it is not up, or on its way elsewhere.</summary>
    private ClusterNode? Home() => _nodes.Find(node => node.Services.Memory.Find(new VmId(0)) is not null);

    private void AddNode(int index)
    {
        var name = $"node-{index}";
        var hooks = new NodeHooks((services, system) => _parts.Change(services, system, name), _order.Clients, _order.Devices.Catalog);
        var options = new NodeOptions { Profile = NodeProfile.Tests, Join = _nodes.Count == 0 ? [] : [_nodes[0].Address], Hocon = Settings(_order.Nodes) };
        var node = ClusterNode.Start(options, _order.Guests, _parts, hooks);
        _nodes.Add(node);
        if (!node.Up.Wait(JoinPatience))
            throw new TimeoutException($"Node {index} of the test's cluster didn't join in {JoinPatience.TotalMinutes:0} minutes.");
    }

    private void Tell(string path, object message)
    {
        foreach (var node in _nodes)
            node.System.ActorSelection("/user/" + path).Tell(message, ActorRefs.NoSender);
    }
}
