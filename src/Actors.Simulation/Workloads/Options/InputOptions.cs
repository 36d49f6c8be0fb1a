using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>How the outside feeds a port, and with which buffers the guest takes it.</summary>
/// <param name="Chunk">Bytes that are fed at a time.</param>
/// <param name="Period">Time between; 0: all at once.</param>
/// <param name="Buffers">Receive buffers of a port.</param>
/// <param name="BufferSize">Bytes of each.</param>
internal readonly record struct InputOptions(int Chunk, TimeSpan Period, int Buffers, int BufferSize)
{
    private static readonly WorkloadOption FeedOption = WorkloadOption.Number("feed", "Bytes that the outside feeds at a time", 128, 1, 1 << 20);
    private static readonly WorkloadOption PeriodOption = WorkloadOption.Time("period", "Time between two feedings; 0s: all at once", "1ms");
    private static readonly WorkloadOption BuffersOption = WorkloadOption.Number("buffers", "Receive buffers of a port", 8, 1, 64);
    private static readonly WorkloadOption SizeOption = WorkloadOption.Number("bufferSize", "Bytes of a receive buffer", 128, 1, 1 << 16);

    /// <summary>The options that say it.</summary>
    public static ImmutableArray<WorkloadOption> Options => [FeedOption, PeriodOption, BuffersOption, SizeOption];

    /// <summary>What a plan says.</summary>
    public static InputOptions Of(Plan plan) =>
        new(FeedOption.NumberOf(plan), PeriodOption.TimeOf(plan), BuffersOption.NumberOf(plan), SizeOption.NumberOf(plan));
}
