using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What nodes say of themselves each second, and what changed since the second before.</summary>
internal sealed class NodeBook
{
    /// <summary>Nanoseconds without an answer after which a node counts as silent.</summary>
    public const long Patience = 3_000_000_000;

    /// <summary>The same for its first answer.</summary>
    public const long FirstPatience = 10_000_000_000;

    private readonly Dictionary<string, Entry> _nodes = new(StringComparer.Ordinal);
    private readonly List<ScaleEvent> _events = [];

    /// <summary>Addresses, in the order in which they were met.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>Addresses that answer.</summary>
    public IReadOnlyList<string> Answering => [.. Addresses.Where(address => !_nodes[address].IsSilent)];

    /// <summary>What happened to nodes.</summary>
    public IReadOnlyList<ScaleEvent> Events => _events;

    /// <summary>Exits since the beginning, of all nodes.</summary>
    public long Exits => _nodes.Values.Sum(node => node.Exits);

    /// <summary>CPU time since the beginning, of all nodes, in nanoseconds.</summary>
    public long CpuNs => _nodes.Values.Sum(node => node.CpuNs);

    /// <summary>Exits by latency since the beginning, of all nodes.</summary>
    public long[] Latencies { get; } = new long[LatencyBuckets.Count];

    /// <summary>Memory of nodes that answer, as they say.</summary>
    public long MemoryBytes => _nodes.Values.Where(node => !node.IsSilent).Sum(node => node.State?.MemoryBytes ?? 0);

    /// <summary>Nodes that ever answered.</summary>
    public int Answered => _nodes.Values.Count(node => node.State is not null);

    /// <summary>Another node is there.</summary>
    /// <param name="address">host:port.</param>
    /// <param name="now">The time.</param>
    /// <param name="isSilent">It was asked, and hasn't answered.</param>
    public void Meet(string address, long now, bool isSilent = false)
    {
        if (_nodes.ContainsKey(address))
            return;
        _nodes.Add(address, new Entry { Heard = now, IsSilent = isSilent });
        Addresses = [.. Addresses, address];
    }

    /// <summary>Something happened.</summary>
    public void Note(long now, string sentence) => _events.Add(new ScaleEvent(now, sentence));

    /// <summary>A node answered.</summary>
    public void Take(ClusterHop.NodeState state, long now)
    {
        Meet(state.Node, now);
        var node = _nodes[state.Node];
        if (node.IsSilent)
            Note(now, node.State is null ? $"node {state.Node} answers" : $"node {state.Node} answers again");
        node.IsSilent = false;
        node.Heard = now;

        // A node that began anew at the same address counts from 0.
        var begun = node.State is { } before && state.Exits >= before.Exits ? before : null;
        node.Exits += state.Exits - (begun?.Exits ?? 0);
        node.CpuNs += state.CpuNs - (begun?.CpuNs ?? 0);
        foreach (var (bucket, count) in state.ExitLatency)
        {
            if ((uint)bucket >= LatencyBuckets.Count)
                continue;
            var fresh = count - (begun is null ? 0 : node.Counts[bucket]);
            node.Counts[bucket] = count;
            Latencies[bucket] += Math.Max(0, fresh);
        }

        node.State = state;
    }

    /// <summary>A node is gone for good: nobody asks it any more.</summary>
    public void Forget(string address)
    {
        if (_nodes.TryGetValue(address, out var node))
            node.IsSilent = true;
    }

    /// <summary>A second is over: each node's part of it.</summary>
    public IReadOnlyList<ScaleNodeSample> Sample(long now, double seconds)
    {
        var samples = new List<ScaleNodeSample>();
        foreach (var address in Addresses)
        {
            var node = _nodes[address];
            if (!node.IsSilent && now - node.Heard > (node.State is null ? FirstPatience : Patience))
            {
                node.IsSilent = true;
                Note(now, $"node {address} doesn't answer");
            }

            var exits = node.Exits - node.SampledExits;
            node.SampledExits = node.Exits;
            samples.Add(new ScaleNodeSample(
                address,
                !node.IsSilent,
                node.IsSilent ? 0 : node.State?.Vms ?? 0,
                node.IsSilent ? 0 : node.State?.Services ?? 0,
                exits / seconds,
                node.IsSilent ? 0 : node.State?.MemoryBytes ?? 0));
        }

        return samples;
    }

    private sealed class Entry
    {
        public ClusterHop.NodeState? State { get; set; }

        public long[] Counts { get; } = new long[LatencyBuckets.Count];

        public long Exits { get; set; }

        public long CpuNs { get; set; }

        public long SampledExits { get; set; }

        public long Heard { get; set; }

        public bool IsSilent { get; set; }
    }
}
