namespace Actors.Simulation;

/// <summary>How a guest cuts its bytes into chains and descriptors.</summary>
internal enum FramingKind : byte
{
    /// <summary>One descriptor of one size.</summary>
    Fixed,

    /// <summary>Any length up to twice the size, in one to <see cref="Framing.Segments"/> descriptors of any length.</summary>
    Random,

    /// <summary>One descriptor of one byte.</summary>
    OneByte,

    /// <summary>One size, in <see cref="Framing.Segments"/> descriptors (in an indirect table, when the driver may).</summary>
    Multi,
}

/// <summary>How a guest cuts its bytes.</summary>
/// <param name="Kind">The way.</param>
/// <param name="Chain">Bytes of a chain.</param>
/// <param name="Segments">Descriptors of a chain.</param>
internal readonly record struct Framing(FramingKind Kind, int Chain, int Segments)
{
    /// <summary>Most bytes of a chain.</summary>
    public const int MaxChain = 64 * 1024;

    private static readonly WorkloadOption ChainOption = WorkloadOption.Number("chain", "Bytes of a chain", 256, 1, MaxChain);
    private static readonly WorkloadOption FramingOption = WorkloadOption.Word("framing", "How bytes are cut into chains and descriptors", "fixed", "random", "oneByte", "multi");
    private static readonly WorkloadOption SegmentsOption = WorkloadOption.Number("segments", "Descriptors of a chain, with framing random and multi", 4, 1, Actors.Guest.DriverVirtqueue.MaxIndirectSegments);

    /// <summary>The options that say it.</summary>
    public static System.Collections.Immutable.ImmutableArray<WorkloadOption> Options => [ChainOption, FramingOption, SegmentsOption];

    /// <summary>Bytes of the longest chain.</summary>
    public int MaxLength => Kind switch { FramingKind.OneByte => 1, FramingKind.Random => Math.Min(2 * Chain, MaxChain), _ => Chain };

    /// <summary>The framing of a plan.</summary>
    public static Framing Of(Plan plan) => new(
        FramingOption.WordOf(plan) switch
        {
            "random" => FramingKind.Random,
            "oneByte" => FramingKind.OneByte,
            "multi" => FramingKind.Multi,
            _ => FramingKind.Fixed,
        },
        ChainOption.NumberOf(plan),
        SegmentsOption.NumberOf(plan));

    /// <summary>Bytes of the next chain.</summary>
    public int NextLength(Prng random, long left) => (int)Math.Min(left, Kind == FramingKind.Random ? random.Between(1, MaxLength) : MaxLength);

    /// <summary>Descriptors of the next chain.</summary>
    public int NextSegments(Prng random, int length) => Math.Min(length, Kind switch
    {
        FramingKind.Random => (int)random.Between(1, Segments),
        FramingKind.Multi => Segments,
        _ => 1,
    });
}
