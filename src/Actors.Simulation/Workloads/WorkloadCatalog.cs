using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The workloads in the box.</summary>
internal static class WorkloadCatalog
{
    /// <summary>All, in the order of the documentation.</summary>
    public static ImmutableArray<IWorkload> All { get; } =
    [
        new ConsoleWriteWorkload(),
        new ConsoleInputWorkload(),
        new ConsoleEchoWorkload(),
        new DuplexWorkload(),
        new MultiPortWorkload(),
        new BurstsWorkload(),
        new InputFloodWorkload(),
        new SmpCopyWorkload(),
        new ShellWorkload(),
        new IdleWorkload(),
        new ResetLoopWorkload(),
        new RecoveringWorkload(),
        new RawConsoleWorkload(),
        new RawExitsWorkload(),
        new ToctouWorkload(),
        new RangeRaceWorkload(),
        new HostileWorkload(),
    ];

    /// <summary>The workload of a kind, or null.</summary>
    public static IWorkload? Find(string kind) => All.FirstOrDefault(workload => workload.Kind == kind);
}
