using System.Collections.Immutable;
using System.Text;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A fault experiment as its file describes it: what runs, what goes wrong, how long, and what must hold.</summary>
public sealed record Plan
{
    /// <summary>Name, as in reports and <c>chaos list</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence: the promise that is put to the test.</summary>
    public string Promise { get; init; } = string.Empty;

    /// <summary>What a museum piece reproduces (product and bug), or null.</summary>
    public string? Museum { get; init; }

    /// <summary>The flawed variant that a museum piece must fail on, or null.</summary>
    public string? Naive { get; init; }

    /// <summary>The machines.</summary>
    public PlanTopology Topology { get; init; } = new();

    /// <summary>What the guests and the outside do.</summary>
    public PlanWorkload Workload { get; init; } = new();

    /// <summary>What goes wrong.</summary>
    public ImmutableArray<FaultRule> Faults { get; init; } = [];

    /// <summary>Bounds of a run.</summary>
    public PlanBudget Budget { get; init; } = new();

    /// <summary>Bounds of the phase after the last fault has healed.</summary>
    public PlanLiveness Liveness { get; init; } = new();

    /// <summary>How the schedule is explored.</summary>
    public StrategyKind Strategy { get; init; }

    /// <summary>Ids of the oracles that judge; empty: all that apply.</summary>
    public ImmutableArray<string> Check { get; init; } = [];

    /// <summary>Oracles that a fault of this plan makes impossible, each with the reason that the report shows.</summary>
    public ImmutableArray<PlanExclusion> Except { get; init; } = [];

    /// <summary>Names of points that must be reached at least once in a campaign.</summary>
    public ImmutableArray<string> Sometimes { get; init; } = [];

    /// <summary>Hash of the plan's canonical text (<see cref="PlanFile.Write"/>): the same in every process, another when anything of the plan is another.</summary>
    public ulong Hash => Prng.Mix(TraceHash.Of(Encoding.UTF8.GetBytes(PlanFile.Write(this))));
}

/// <summary>An oracle that doesn't judge a plan.</summary>
/// <param name="Oracle">Its id.</param>
/// <param name="Reason">Why the plan's faults make the promise impossible.</param>
public sealed record PlanExclusion(string Oracle, string Reason);

/// <summary>The machines of a plan.</summary>
public sealed record PlanTopology
{
    /// <summary>Number of VMs, 1 to 64.</summary>
    public int Vms { get; init; } = 1;

    /// <summary>vCPUs of each VM, 1 to 16.</summary>
    public int Vcpus { get; init; } = 1;

    /// <summary>RAM of each VM in bytes.</summary>
    public ulong MemoryBytes { get; init; } = 128UL << 20;

    /// <summary>Whether the vCPUs poll for completions.</summary>
    public bool Polling { get; init; }

    /// <summary>Devices; empty: one console with one port.</summary>
    public ImmutableArray<PlanDevice> Devices { get; init; } = [];

    /// <summary>Incarnations that a VM of a cluster may have in a run.</summary>
    internal const int MaxIncarnations = 10;

    /// <summary>Logical nodes, 1 to 9; with more than one, VMs are placed on them and started elsewhere when theirs is lost.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>What each node may host; empty: each all.</summary>
    public ImmutableArray<PlanRole> Roles { get; init; } = [];

    /// <summary>Where the two sides of a VM are.</summary>
    public VmPlacement Placement { get; init; }

    /// <summary>Whether devices reach guest RAM by messages, as from another node, also where it is on theirs.</summary>
    public bool RemoteMemory { get; init; }

    /// <summary>Times of the cluster.</summary>
    public PlanCluster Cluster { get; init; } = new();

    /// <summary>Whether what is behind a backend of this kind outlives nodes in a cluster and tells writers which token it remembers.</summary>
    internal static bool Remembers(BackendKind kind) => kind is BackendKind.File or BackendKind.Stream;

    /// <summary>Whether VMs of the cluster may come to need a token above what a backend remembers.</summary>
    internal bool RaisesTokens => Nodes > 1 && !Cluster.Unfenced && Devices.Any(static device => Remembers(device.Backend));

    /// <summary>Numbers that machines may have: a VM alone has its own; in a cluster each incarnation has one.</summary>
    internal int Machines => Nodes > 1 ? Vms * MaxIncarnations : Vms;

    /// <summary>The VM that a machine is an incarnation of.</summary>
    internal int VmOf(int machine) => Nodes > 1 ? machine / MaxIncarnations : machine;

    /// <summary>Latency of every link, or null for none: minimum and mean of an exponential part, in ticks of 100 ns.</summary>
    public PlanLatency? Latency { get; init; }
}

/// <summary>Latency of links: <paramref name="Minimum"/> plus an exponentially distributed part of mean <paramref name="Mean"/>.</summary>
public sealed record PlanLatency(TimeSpan Minimum, TimeSpan Mean);

/// <summary>What a node may host.</summary>
public enum PlanRole : byte
{
    /// <summary>Everything.</summary>
    Both,

    /// <summary>vCPUs and hypervisor.</summary>
    Guest,

    /// <summary>HSM and device model.</summary>
    Service,
}

/// <summary>Times of a cluster, each on a node's own clock.</summary>
public sealed record PlanCluster
{
    /// <summary>Between two heartbeats of a node.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Silence after which a node is unreachable.</summary>
    public TimeSpan Detection { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long reachability must have been as it is before it is decided on.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a node's process takes to begin again after it has ended itself.</summary>
    public TimeSpan Restart { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether backends know no tokens, as sockets and terminals don't: a node uses them under its lease.</summary>
    public bool Unfenced { get; init; }

    /// <summary>How long messages between nodes are under way.</summary>
    public PlanLatency Network { get; init; } = new(TimeSpan.FromMicroseconds(100), TimeSpan.FromMicroseconds(100));
}

/// <summary>A console device of a plan.</summary>
public sealed record PlanDevice
{
    /// <summary>VM that has it, or -1 for every VM.</summary>
    public int Vm { get; init; } = -1;

    /// <summary>Ports, 1 to 16.</summary>
    public int Ports { get; init; } = 1;

    /// <summary>Policy of its ports; null: the default of the backend's kind.</summary>
    public PortPolicy? Policy { get; init; }

    /// <summary>Kind whose simulated twin its ports have.</summary>
    public BackendKind Backend { get; init; } = BackendKind.Stdio;

    /// <summary>virtio-pci interfaces.</summary>
    public VirtioTransportKind Transport { get; init; } = VirtioTransportKind.Transitional;

    /// <summary>Doorbells by ioeventfd.</summary>
    public bool Ioeventfd { get; init; } = true;

    /// <summary>Doorbells by asyncio.</summary>
    public bool Asyncio { get; init; }
}

/// <summary>What the guests and the outside do. Which parameters a kind takes is said by its <c>IWorkload</c>.</summary>
public sealed record PlanWorkload
{
    /// <summary>Kind, such as <c>console-write</c>.</summary>
    public string Kind { get; init; } = "console-write";

    /// <summary>Bytes in each direction.</summary>
    public long Bytes { get; init; } = 2048;

    /// <summary>Parameters of the kind, as written.</summary>
    public ImmutableSortedDictionary<string, string> Options { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>Bounds of a run. Exceeding one in the safety phase makes the run inconclusive.</summary>
public sealed record PlanBudget
{
    /// <summary>Steps (messages taken) of one run, both phases.</summary>
    public long MaxSteps { get; init; } = 2_000_000;

    /// <summary>Virtual time of the safety phase: faults are healed then at the latest.</summary>
    public TimeSpan MaxVirtual { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Faults in effect at one time, at most.</summary>
    public int ConcurrentFaults { get; init; } = int.MaxValue;

    /// <summary>Whether what is broken must stay repairable, so that liveness can be judged.</summary>
    public bool Recoverable { get; init; } = true;
}

/// <summary>What happens after the last fault has healed.</summary>
public sealed record PlanLiveness
{
    /// <summary>Time after the heal within which blocked vCPUs go on (L1).</summary>
    public TimeSpan T1 { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time within which all slots are free (L2).</summary>
    public TimeSpan T2 { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time within which available chains are used (L3).</summary>
    public TimeSpan T3 { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time within which all bytes have arrived (L4), and the whole run is quiet.</summary>
    public TimeSpan T4 { get; init; } = TimeSpan.FromSeconds(10);
}
