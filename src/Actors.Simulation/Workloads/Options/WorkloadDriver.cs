using System.Collections.Immutable;
using Actors.Guest;

namespace Actors.Simulation;

/// <summary>Options of workloads whose guests have the box's driver: what it does where a driver has a choice.</summary>
internal static class WorkloadDriver
{
    private static readonly WorkloadOption Interface = WorkloadOption.Word("interface", "Interface of a transitional device that the driver takes", "modern", "legacy");
    private static readonly WorkloadOption Interrupts = WorkloadOption.Word("interrupts", "How the device interrupts: MSI-X with shared vectors, a vector for each queue, or its line", "shared", "perQueue", "line");
    private static readonly WorkloadOption EventIndex = WorkloadOption.Word("eventIndex", "Whether EVENT_IDX is accepted", "on", "off");
    private static readonly WorkloadOption Indirect = WorkloadOption.Word("indirect", "Whether INDIRECT_DESC is accepted, and used for chains of several descriptors", "on", "off");
    private static readonly WorkloadOption Queue = WorkloadOption.PowerOfTwo("queue", "Entries of each queue, a power of two; 0: as many as offered", 0, 32768);

    /// <summary>The options.</summary>
    public static ImmutableArray<WorkloadOption> Options { get; } = [Interface, Interrupts, EventIndex, Indirect, Queue];

    /// <summary>The driver's choices of a plan. Only what the workloads need is set up: each exit of the bring-up counts.</summary>
    public static DriverOptions Of(Plan plan) => new()
    {
        PreferLegacy = Interface.WordOf(plan) == "legacy",
        UseMsix = Interrupts.WordOf(plan) != "line",
        VectorPerQueue = Interrupts.WordOf(plan) == "perQueue",
        EventIndex = EventIndex.WordOf(plan) == "on",
        IndirectDescriptors = Indirect.WordOf(plan) == "on",
        QueueSize = Queue.NumberOf(plan),
    };
}
