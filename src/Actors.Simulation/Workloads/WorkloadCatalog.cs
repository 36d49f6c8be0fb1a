using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The workloads in the box.</summary>
internal static class WorkloadCatalog
{
    /// <summary>All, in the order of the documentation.</summary>
    public static ImmutableArray<IWorkload> All { get; } = [new ConsoleWriteWorkload()];

    /// <summary>The workload of a kind, or null.</summary>
    public static IWorkload? Find(string kind) => All.FirstOrDefault(workload => workload.Kind == kind);
}
