using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Actors.Cluster.Tests;

/// <summary>Nodes of one cluster in this process, with backends in memory. They forgive a minute of silence, so that no busy machine parts them; a test that loses a node says so (<see cref="Missing"/>).</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<ClusterNode> _nodes = [];
    private readonly Dictionary<string, MemoryBackendFactory> _backends = [];

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    /// <summary>Where memory ports of all nodes write, so that it outlives them.</summary>
    public SharedStreams Streams { get; } = new(64 << 20);

    /// <summary>For a node of a test that loses one: it is missed after ten seconds, which is longer than a busy machine keeps a healthy one waiting.</summary>
    public static NodeOptions Missing(NodeOptions options) => options with { Profile = NodeProfile.Tests, Hocon = options.Hocon + "\nakka.cluster.failure-detector.acceptable-heartbeat-pause = 10s" };

    /// <summary>For a node of a test that loses one which nobody misses: it is put out by hand. Within such a patience nobody asks for a lease yet, which would have to run out before somebody else has the node's part.</summary>
    public static NodeOptions NeverMissing(NodeOptions options) => options with { Hocon = options.Hocon + "\nakka.cluster.failure-detector.acceptable-heartbeat-pause = 10h" };

    /// <summary>Puts a node out that was lost, as a person would.</summary>
    public static void PutOut(ClusterNode judge, ClusterNode lost) => Akka.Cluster.Cluster.Get(judge.System).Down(Akka.Cluster.Cluster.Get(lost.System).SelfAddress);

    /// <summary>Opens ports that aren't in memory; null: in memory they are, too.</summary>
    private IPortBackendFactory? Others { get; init; }

    public static async Task<TestCluster> StartAsync(int nodes, Func<int, NodeOptions, NodeOptions>? change = null, IPortBackendFactory? others = null)
    {
        var cluster = new TestCluster { Others = others };
        for (var i = 0; i < nodes; i++)
            await cluster.AddAsync(options => change?.Invoke(cluster._nodes.Count, options) ?? options);
        return cluster;
    }

    public async Task<ClusterNode> AddAsync(Func<NodeOptions, NodeOptions>? change = null)
    {
        var options = new NodeOptions { Profile = NodeProfile.Patient, Join = _nodes.Count == 0 ? [] : [_nodes[^1].Address], Hocon = "akka.loggers = []" };
        var backends = new MemoryBackendFactory(others: Others, streams: Streams);
        var node = ClusterNode.Start(change?.Invoke(options) ?? options, new GuestCatalog(), backends);
        _nodes.Add(node);
        _backends.Add(node.Address, backends);
        await Task.WhenAny(node.Up, node.Removed).WaitAsync(Observer.Patience);
        Assert.False(node.Removed.IsCompleted, "the others put the node out before it was up");
        return node;
    }

    /// <summary>Waits until every node takes shards, and whoever gives them out knows.</summary>
    public async Task AwaitRegionsAsync()
    {
        var region = ClusterSharding.Get(_nodes[0].System).ShardRegion(VmShards.TypeName);
        using var late = new CancellationTokenSource(Observer.Patience);
        while ((await region.Ask<CurrentRegions>(GetCurrentRegions.Instance, late.Token)).Regions.Count < _nodes.Count)
            late.Token.ThrowIfCancellationRequested();
    }

    public ClusterNode At(string address) => _nodes.Single(node => node.Address == address);

    /// <summary>The backends that a node opened.</summary>
    public MemoryBackendFactory BackendsAt(string address) => _backends[address];

    public void Forget(ClusterNode node) => _nodes.Remove(node);

    public static VmSpec Idle(int vm) => new(
        new VmId(vm),
        1,
        128 << 20,
        new GuestSpec("idle", []),
        [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("console", true, BackendKind.Memory)])]);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
