using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Flaws of devices and ports, and of what a world leaves behind.</summary>
internal static class DeviceFlaws
{
    /// <summary>Makers of all, in order of their oracles.</summary>
    public static ImmutableArray<Func<Flaw>> Makers { get; } =
    [
        () => new ShortWriteTailLost(),
        () => new WouldBlockDropped(),
        () => new WriteRepeated(),
        () => new InputThrownAway(),
        () => new UsedIndexFromMemory(),
        () => new HeadReturnedTwice(),
        () => new UsedLengthTooLong(),
        () => new UsedElementAfterIndex(),
        () => new PayloadAfterIndex(),
        () => new ReadableBufferWritten(),
        () => new DescriptorWritten(),
        () => new StrayWrite(),
        () => new RamBeforeDriverOk(),
        () => new GenerationStuck(),
        () => new FeaturesWritable(),
        () => new QueueSizeWritable(),
        () => new UsedIndexAfterReset(),
        () => new UnboundedBuffer(),
        () => new VictimDisturbed(),
        () => new DescriptorLoop(),
        () => new SupersededIncarnationWrites(),
        () => new BufferTailScribbled(),
        () => new FragmentedChainLeaked(),
        () => new UsedIndexWithheld(),
        () => new WriteWakeupLost(),
        () => new LinkRuleLeftBehind(),
    ];
}
