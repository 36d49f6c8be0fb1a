using System.Buffers.Binary;

namespace Actors.Simulation;

/// <summary>The used length is the buffer's, not what was written.</summary>
internal sealed class UsedLengthTooLong : MemoryFlaw
{
    /// <inheritdoc/>
    public override string Name => "used-length-too-long";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I10", "I2"];

    /// <inheritdoc/>
    public override string Source => "mistake: a guest is told of bytes that nobody wrote";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override bool Write(in Spot spot, ReadOnlySpan<byte> data)
    {
        if (spot.Hit.Area != RingArea.UsedElement)
            return base.Write(spot, data);
        Span<byte> element = stackalloc byte[8];
        data.CopyTo(element);
        BinaryPrimitives.WriteUInt32LittleEndian(element[4..], BinaryPrimitives.ReadUInt32LittleEndian(element[4..]) + 1);
        return base.Write(spot, element);
    }
}
