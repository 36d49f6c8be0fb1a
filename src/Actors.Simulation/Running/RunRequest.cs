using Actors.DeviceModel;
using Actors.Hsm;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>One run to make.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Seed">The seed: everything that isn't in the plan or the script follows from it.</param>
public sealed record RunRequest(Plan Plan, ulong Seed)
{
    /// <summary>Choices to take instead of drawing them, or null.</summary>
    public RunScript? Script { get; init; }

    /// <summary>Whether to keep the choices that were made, for replay and shrinking.</summary>
    public bool RecordsChoices { get; init; }

    /// <summary>Whether to keep the trace's events, for reports.</summary>
    public bool RecordsTrace { get; init; }

    /// <summary>Observers beside the plan's oracles.</summary>
    public IReadOnlyList<WorldObserver> Observers { get; init; } = [];

    /// <summary>Whether the order among one VM's actors must not depend on other VMs, for comparing runs (<see cref="ContainmentCheck"/>).</summary>
    internal bool IsIsolated { get; init; }

    /// <summary>What guests and the outside do, instead of the plan's workload; null: the plan's. Not part of a replay log.</summary>
    public IWorkload? Workload { get; init; }

    /// <summary>Ioreq clients of a test's own, for every VM; null: none.</summary>
    public IIoreqClientFactory? Clients { get; init; }

    /// <summary>Devices of the test's own beside the built-in ones, or null.</summary>
    internal DeviceCatalog? Devices { get; init; }

    /// <summary>What stands in front of the world's links; null: nothing.</summary>
    internal Func<ILinkInterceptor, ILinkInterceptor>? Links { get; init; }

    /// <summary>What stands behind a port's simulated backend, instead of the backend's own input and bottomless output; null, or null for a port: nothing.</summary>
    internal Func<ConsolePortSpec, IPortBackendEvents, IPortBackend?>? Backends { get; init; }

    /// <summary>Name of the flawed variant to run instead of the right one, or null (canaries and museum).</summary>
    public string? Flaw { get; init; }
}

/// <summary>
/// Choices of a run, as data. In a script, everything not named takes its default: a fault doesn't fire, the schedule is first come first served.
/// </summary>
/// <param name="Mode">How it is followed.</param>
/// <param name="Firings">The faults that fire, and with which numbers.</param>
/// <param name="Picks">Schedule choices: of each decision with more than one alternative, in order, the index taken; the rest take index 0.</param>
public sealed record RunScript(ReplayMode Mode, IReadOnlyList<FaultFiring> Firings, IReadOnlyList<SchedulePick> Picks)
{
    /// <summary>Workload reduced to so many bytes, or null for the plan's.</summary>
    public long? WorkloadBytes { get; init; }
}

/// <summary>How a script is followed.</summary>
public enum ReplayMode : byte
{
    /// <summary>Every choice must meet the number of alternatives that it was recorded with; the first that doesn't ends the run with a report.</summary>
    Strict,

    /// <summary>A choice that no longer fits is ignored; firings are found by rule and occurrence.</summary>
    Lenient,
}

/// <summary>A fault that fired.</summary>
/// <param name="Rule">Index of the rule in the plan.</param>
/// <param name="Occurrence">Visit of its site at which it fired, from 1.</param>
/// <param name="A">First number that was drawn for it.</param>
/// <param name="B">Second number that was drawn for it.</param>
public readonly record struct FaultFiring(int Rule, long Occurrence, long A, long B);

/// <summary>A schedule choice other than the default.</summary>
/// <param name="Decision">Number of the decision, from 0: only steps with more than one alternative count.</param>
/// <param name="Alternatives">How many there were.</param>
/// <param name="Index">Which was taken.</param>
public readonly record struct SchedulePick(long Decision, int Alternatives, int Index);
