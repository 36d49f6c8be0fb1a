using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// What a node counts, in three forms: as an answer to <see cref="ClusterHop.ReadNode"/>, as Prometheus' text, and as instruments of the meter
/// <c>Actors</c> for whatever exporter the process has.
/// </summary>
internal sealed class NodeMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = PathSpans.SourceName;

    private readonly Meter _meter = new(Name);
    private readonly GuestRamDirectory _rams;
    private int _services;
    private int _ports;
    private int _vms;

    public NodeMeter(string node, ImmutableArray<string> roles, PathMeter path, GuestRamDirectory rams, NodeLease lease)
    {
        Lease = lease;
        Node = node;
        Roles = roles;
        Path = path;
        _rams = rams;
        PathInstruments.AddTo(_meter, path);
        _meter.CreateObservableGauge("actors.lease.holds", () => lease.Holds ? 1 : 0, "1");
        _meter.CreateObservableCounter("actors.lease.held_calls", () => lease.HeldCalls, "{call}");
        _meter.CreateObservableGauge("actors.vms", () => Vms, "{vm}");
        _meter.CreateObservableGauge("actors.memory", () => MemoryBytes, "By");
    }

    /// <summary>host:port.</summary>
    public string Node { get; }

    /// <summary>What the node hosts.</summary>
    public ImmutableArray<string> Roles { get; }

    /// <summary>The node's lease.</summary>
    public NodeLease Lease { get; }

    /// <summary>Counters of the path.</summary>
    public PathMeter Path { get; }

    /// <summary>VMs whose guest side is here.</summary>
    public int Vms => Volatile.Read(ref _vms);

    /// <summary>VMs whose service side is here.</summary>
    public int Services => Volatile.Read(ref _services);

    /// <summary>Ports of these.</summary>
    public int Ports => Volatile.Read(ref _ports);

    /// <summary>VMs that have RAM here, those that are being made or ended too.</summary>
    public int Rams => _rams.Count;

    /// <summary>Managed heap, which holds the guests' RAM too.</summary>
    public static long MemoryBytes => GC.GetTotalMemory(false);

    /// <summary>CPU time of the process, in nanoseconds.</summary>
    public static long CpuNs => (long)Environment.CpuUsage.TotalTime.TotalNanoseconds;

    /// <summary>A guest side came (1) or went (-1).</summary>
    public void CountGuest(int change) => Interlocked.Add(ref _vms, change);

    /// <summary>A service side with so many ports came (1) or went (-1).</summary>
    public void CountService(int change, int ports)
    {
        Interlocked.Add(ref _services, change);
        Interlocked.Add(ref _ports, change * ports);
    }

    /// <summary>Everything, for whoever asks by message.</summary>
    public ClusterHop.NodeState Read()
    {
        var total = Path.Total();
        var latencies = ImmutableArray.CreateBuilder<LatencyCount>();
        for (var bucket = 0; bucket < total.Latencies.Length; bucket++)
        {
            if (total.Latencies[bucket] != 0)
                latencies.Add(new LatencyCount(bucket, total.Latencies[bucket]));
        }

        return new ClusterHop.NodeState(
            Node, Roles, Vms, Services, Exits(total), total.BytesFromGuests, total.BytesWritten, total.BytesDropped, total.BytesToGuests,
            total.GuestFaults, MemoryBytes, CpuNs, latencies.ToImmutable());
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static long Exits(MeterBlock total) => total.Steps[(int)PathHop.VmEntry];
}
