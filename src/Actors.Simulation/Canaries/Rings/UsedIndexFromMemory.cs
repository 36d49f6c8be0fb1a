using System.Buffers.Binary;

namespace Actors.Simulation;

/// <summary>The used index is read back from the guest's memory and counted on from there; and a guest writes there.</summary>
internal sealed class UsedIndexFromMemory : MemoryFlaw
{
    private const ushort Scribble = 0x4000;

    private int _writes;

    /// <inheritdoc/>
    public override string Name => "used-index-from-memory";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I9", "I11"];

    /// <inheritdoc/>
    public override string Source => "ACRN: vq_relchain counts on from vuh->idx";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        if (spot.Hit.Area != RingArea.UsedIndex)
            return base.Write(spot, data);
        var ram = spot.World.Ram.Find(spot.Hit.Access.Vm)!;
        if (++_writes == 3)
            ram.TryWriteUInt16(spot.Hit.Access.Address, Scribble);
        ram.TryReadUInt16(spot.Hit.Access.Address, out var index);
        Span<byte> counted = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(counted, (ushort)(index + 1));
        return base.Write(spot, counted);
    }
}
