using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A queue's view of guest RAM of which one thing is wrong; the rest is the inner one's.</summary>
internal abstract class FlawedRingMemory(IGuestMemory inner, in VirtqueueState ring) : IGuestMemory
{
    private readonly VirtqueueState _ring = ring;

    /// <summary>The queue's rings.</summary>
    protected ref readonly VirtqueueState Ring => ref _ring;

    /// <inheritdoc/>
    public bool IsRam(ulong address, ulong length) => inner.IsRam(address, length);

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination) => inner.TryRead(address, destination);

    /// <inheritdoc/>
    public virtual bool TryWrite(ulong address, ReadOnlySpan<byte> source) => inner.TryWrite(address, source);

    /// <inheritdoc/>
    public bool TryReadUInt16(ulong address, out ushort value)
    {
        if (!inner.TryReadUInt16(address, out value))
            return false;
        if (address == _ring.AvailableRing + VirtioSpec.AvailIndex)
            value = AvailableIndex(value);
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt16(ulong address, ushort value) => inner.TryWriteUInt16(address, value);

    /// <inheritdoc/>
    public bool TryReadUInt32(ulong address, out uint value) => inner.TryReadUInt32(address, out value);

    /// <inheritdoc/>
    public bool TryWriteUInt32(ulong address, uint value) => inner.TryWriteUInt32(address, value);

    /// <inheritdoc/>
    public void Fence() => inner.Fence();

    /// <summary>What the device takes the available index for.</summary>
    protected virtual ushort AvailableIndex(ushort value) => value;
}
