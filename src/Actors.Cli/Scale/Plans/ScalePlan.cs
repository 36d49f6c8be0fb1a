using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>A workload for many VMs, as <c>*.scale.yaml</c> says it (docs/plan-format.md).</summary>
internal sealed record ScalePlan
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>What a run of it shows, in a sentence.</summary>
    public string Promise { get; init; } = "";

    /// <summary>What the VMs do.</summary>
    public ScaleGuest Guest { get; init; }

    /// <summary>Where their bytes go.</summary>
    public ScaleBackend Backend { get; init; } = ScaleBackend.Socket;

    /// <summary>What becomes of bytes that the backend can't take now.</summary>
    public PortPolicy Policy { get; init; } = PortPolicy.Block;

    /// <summary>Whether the port is a console.</summary>
    public bool IsConsole { get; init; }

    /// <summary>VMs, where the command line doesn't say.</summary>
    public int Vms { get; init; } = 100;

    /// <summary>Time of full load, where the command line doesn't say.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>VMs started each second; 0: as many as the cluster takes.</summary>
    public int Ramp { get; init; }

    /// <summary>RAM of a VM.</summary>
    public long MemoryBytes { get; init; } = 128L << 20;

    /// <summary>Bytes of a line.</summary>
    public int LineBytes { get; init; } = 64;

    /// <summary>Echo: lines that a VM gets each second; 0: the next one when the last came back.</summary>
    public double LinesPerSecond { get; init; }

    /// <summary>Lines: bytes that a VM sends in all.</summary>
    public long BytesPerVm { get; init; } = 1L << 20;

    /// <summary>What must hold.</summary>
    public ImmutableArray<ScaleObjective> Objectives { get; init; } = [];

    /// <summary>Whether bytes go in or out.</summary>
    public bool HasTraffic => Guest is ScaleGuest.Echo or ScaleGuest.Lines;

    /// <summary>Lines that a VM of <see cref="ScaleGuest.Lines"/> sends.</summary>
    public long LinesPerVm => Math.Max(1, BytesPerVm / LineBytes);
}

/// <summary>What VMs do.</summary>
internal enum ScaleGuest
{
    /// <summary>Sends back the lines that the test sends to it.</summary>
    Echo,

    /// <summary>Sends numbered lines as fast as they are taken, and powers off.</summary>
    Lines,

    /// <summary>Rings the doorbell of an empty queue as fast as it is served: exits and nothing else.</summary>
    Exits,

    /// <summary>Nothing, once it is up.</summary>
    Idle,
}

/// <summary>Where bytes of VMs go.</summary>
internal enum ScaleBackend
{
    /// <summary>A UNIX socket of the test: nodes are on the test's machine.</summary>
    Socket,

    /// <summary>The test's receiver of resumable streams: nodes are anywhere, and a stream outlives them.</summary>
    Stream,

    /// <summary>Nowhere.</summary>
    Memory,
}

/// <summary>Something that must hold in the end.</summary>
/// <param name="Kind">What.</param>
/// <param name="Limit">Nanoseconds, bytes or a number, as the kind says.</param>
internal sealed record ScaleObjective(ScaleObjectiveKind Kind, double Limit);

/// <summary>What an objective is about.</summary>
internal enum ScaleObjectiveKind
{
    /// <summary>Half of all exits took no longer.</summary>
    ExitLatencyP50,

    /// <summary>99 of 100 exits took no longer.</summary>
    ExitLatencyP99,

    /// <summary>999 of 1,000 exits took no longer.</summary>
    ExitLatencyP999,

    /// <summary>Half of all lines came back in this time.</summary>
    LineLatencyP50,

    /// <summary>99 of 100 lines came back in this time.</summary>
    LineLatencyP99,

    /// <summary>999 of 1,000 lines came back in this time.</summary>
    LineLatencyP999,

    /// <summary>Bytes that never came, at most.</summary>
    Lost,

    /// <summary>Bytes that came again, at most.</summary>
    Doubled,

    /// <summary>VMs of a lost node answer again in this time.</summary>
    RestartWithin,

    /// <summary>No VM whose node stayed waited longer.</summary>
    LongestStall,

    /// <summary>All VMs are up in this time.</summary>
    StartWithin,

    /// <summary>Memory of a VM, at most.</summary>
    BytesPerVm,

    /// <summary>Exits a second, at least.</summary>
    ExitsPerSecond,

    /// <summary>Bytes a second that arrive, at least.</summary>
    BytesPerSecond,
}
