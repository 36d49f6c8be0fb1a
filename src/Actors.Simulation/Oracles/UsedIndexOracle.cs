using System.Buffers.Binary;

namespace Actors.Simulation;

/// <summary>I9: the used index is the device's own count of completions.</summary>
internal sealed class UsedIndexOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I9";

    /// <inheritdoc/>
    public override string Statement => "The used index that a device writes is the one before plus the chains that it gives back with it, modulo 65,536, whatever the guest writes there.";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (access.Area != RingArea.UsedIndex || !access.Access.IsWrite || access.Access.IsRefused || access.IsStale || data.Length != sizeof(ushort))
            return;
        var queue = access.Queue!;
        var value = BinaryPrimitives.ReadUInt16LittleEndian(data);
        if (!queue.IsMisused && (ushort)(value - queue.UsedIndex) > queue.Outstanding)
            Violate(moment, $"{Name(queue)}: the used index went from {queue.UsedIndex} to {value} with {queue.Outstanding} chains in the device's hands");
    }
}
