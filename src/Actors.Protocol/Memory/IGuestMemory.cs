namespace Actors.Protocol;

/// <summary>
/// Guest RAM as devices and drivers see it. The one thing that rooms share; a device cannot tell whether the RAM is on its node.
/// Every range is half open, checked without overflow, and must lie wholly in one RAM region; a range that doesn't is refused whole
/// (result false, nothing read or written). An empty range succeeds when its address is in RAM.
/// </summary>
public interface IGuestMemory
{
    /// <summary>True when <c>[address, address+length)</c> lies wholly in one RAM region.</summary>
    bool IsRam(ulong address, ulong length);

    /// <summary>Copies from guest RAM. Untouched pages read as zero and stay untouched.</summary>
    bool TryRead(ulong address, Span<byte> destination);

    /// <summary>Copies to guest RAM.</summary>
    bool TryWrite(ulong address, ReadOnlySpan<byte> source);

    /// <summary>Reads a naturally aligned 16-bit little-endian word in one piece, with acquire order: later reads see what its writer wrote before. False also when misaligned.</summary>
    bool TryReadUInt16(ulong address, out ushort value);

    /// <summary>Writes a naturally aligned 16-bit little-endian word in one piece, with release order: earlier writes are seen by who reads it. False also when misaligned.</summary>
    bool TryWriteUInt16(ulong address, ushort value);

    /// <summary>Reads a naturally aligned 32-bit little-endian word in one piece, with acquire order. False also when misaligned.</summary>
    bool TryReadUInt32(ulong address, out uint value);

    /// <summary>Writes a naturally aligned 32-bit little-endian word in one piece, with release order. False also when misaligned.</summary>
    bool TryWriteUInt32(ulong address, uint value);

    /// <summary>Full barrier between ring indices and event fields (virtio 2.7.13.4.1).</summary>
    void Fence();
}
