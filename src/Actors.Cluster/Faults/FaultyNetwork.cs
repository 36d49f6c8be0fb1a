using System.Collections.Immutable;
using System.Net;

namespace Actors.Cluster;

/// <summary>
/// The network between nodes on one machine, with faults. Node <c>i</c> is known as 127.77.1.<c>i+1</c> and listens at 127.77.2.<c>i+1</c>, on the same port; before it stands a
/// <see cref="FaultProxy"/>. Whoever isn't a node (a test, a person) reaches all of them, always.
/// </summary>
internal sealed class FaultyNetwork : IAsyncDisposable
{
    private readonly FaultyWay[] _ways;
    private readonly FaultyWay _plain = new(0);
    private readonly FaultProxy[] _proxies;

    private FaultyNetwork(int nodes, ulong seed, TimeProvider clock)
    {
        Count = nodes;
        _ways = [.. Enumerable.Range(0, nodes * nodes).Select(way => new FaultyWay(seed ^ ((ulong)way << 32)))];
        _proxies = new FaultProxy[nodes];
        for (var node = 0; node < nodes; node++)
        {
            var to = node;
            _proxies[node] = FaultProxy.Start(
                new IPEndPoint(new IPAddress([127, 77, 1, (byte)(node + 1)]), 0), new IPEndPoint(new IPAddress([127, 77, 2, (byte)(node + 1)]), 0), peer => WaysOf(peer, to), clock);
        }

        Addresses = [.. _proxies.Select(proxy => proxy.Address)];
    }

    /// <summary>Nodes.</summary>
    public int Count { get; }

    /// <summary>Where each node is known to be; it listens at <see cref="BindOf"/>.</summary>
    public ImmutableArray<IPEndPoint> Addresses { get; }

    /// <summary>What goes from one node to another.</summary>
    public FaultyWay this[int from, int to] => _ways[(from * Count) + to];

    /// <summary>Makes it.</summary>
    /// <param name="nodes">Nodes, 1 to 200.</param>
    /// <param name="seed">Of what is drawn.</param>
    /// <param name="clock">Time of delays.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The addresses of 127.77.1.* can't be listened at.</exception>
    public static FaultyNetwork Start(int nodes, ulong seed, TimeProvider clock) => new(nodes, seed, clock);

    /// <summary>Where a node has to listen.</summary>
    public IPEndPoint BindOf(int node) => new(new IPAddress([127, 77, 2, (byte)(node + 1)]), Addresses[node].Port);

    /// <summary>The node of a host:port, or -1.</summary>
    public int NodeOf(string? address)
    {
        for (var node = 0; node < Count && address is not null; node++)
        {
            if (Addresses[node].ToString() == address)
                return node;
        }

        return -1;
    }

    /// <summary>Puts a fault on some ways.</summary>
    /// <returns>Takes it away again; may be called twice.</returns>
    public Action Break(Func<int, int, bool> isHit, WayFault fault)
    {
        var hit = new List<FaultyWay>();
        for (var from = 0; from < Count; from++)
        {
            for (var to = 0; to < Count; to++)
            {
                if (from != to && isHit(from, to))
                    hit.Add(this[from, to]);
            }
        }

        foreach (var way in hit)
            way.Add(fault);
        return () =>
        {
            foreach (var way in hit)
                way.Remove(fault);
            hit.Clear();
        };
    }

    /// <summary>Resets the connections between two nodes.</summary>
    public int Reset(int one, int other) => _proxies[other].Break(Addresses[one].ToString()) + _proxies[one].Break(Addresses[other].ToString());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync().ConfigureAwait(false);
    }

    private (FaultyWay There, FaultyWay Back) WaysOf(string? peer, int to) => NodeOf(peer) is >= 0 and var from ? (this[from, to], this[to, from]) : (_plain, _plain);
}
