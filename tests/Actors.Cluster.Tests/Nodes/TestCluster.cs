using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>Nodes of one cluster in this process, with backends in memory.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<ClusterNode> _nodes = [];
    private readonly Dictionary<string, MemoryBackendFactory> _backends = [];

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    /// <summary>Where memory ports of all nodes write, so that it outlives them.</summary>
    public SharedStreams Streams { get; } = new(64 << 20);

    public static async Task<TestCluster> StartAsync(int nodes, Func<int, NodeOptions, NodeOptions>? change = null)
    {
        var cluster = new TestCluster();
        for (var i = 0; i < nodes; i++)
            await cluster.AddAsync(options => change?.Invoke(cluster._nodes.Count, options) ?? options);
        return cluster;
    }

    public async Task<ClusterNode> AddAsync(Func<NodeOptions, NodeOptions>? change = null)
    {
        var options = new NodeOptions { Profile = NodeProfile.Tests, Join = _nodes.Count == 0 ? [] : [_nodes[^1].Address], Hocon = "akka.loggers = []" };
        var backends = new MemoryBackendFactory(streams: Streams);
        var node = ClusterNode.Start(change?.Invoke(options) ?? options, new GuestCatalog(), backends);
        _nodes.Add(node);
        _backends.Add(node.Address, backends);
        await node.Up.WaitAsync(Observer.Patience);
        return node;
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
