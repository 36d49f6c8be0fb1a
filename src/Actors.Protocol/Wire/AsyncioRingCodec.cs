using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>
/// The asyncio ring ("sbuf") in its page, byte for byte (acrn-io-path 1.4): magic, ele_num, ele_size, head, tail, flags, reserved,
/// overrun_cnt, size, padding, then 504 cookies of which 503 can be used. The geometry is checked at each use: both ends can write it.
/// </summary>
public static class AsyncioRingCodec
{
    private const int Magic = 0;
    private const int ElementCount = 8;
    private const int ElementSize = 12;
    private const int Head = 16;
    private const int Tail = 20;
    private const int Size = 36;
    private const uint DataBytes = AcrnAbiSpec.RingElements * AcrnAbiSpec.RingElementBytes;

    /// <summary>Makes a page an empty ring.</summary>
    public static AbiResult Reset(Span<byte> page)
    {
        if (page.Length != AcrnAbiSpec.PageBytes)
            return AbiResult.BadLength;

        page.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page[Magic..], AcrnAbiSpec.RingMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[ElementCount..], AcrnAbiSpec.RingElements);
        BinaryPrimitives.WriteUInt32LittleEndian(page[ElementSize..], AcrnAbiSpec.RingElementBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(page[Size..], DataBytes);
        return AbiResult.Ok;
    }

    /// <summary>Adds a cookie at the tail; <see cref="AbiResult.Full"/> when one more would make the ring look empty.</summary>
    public static AbiResult TryPut(Span<byte> page, ulong cookie)
    {
        if (Check(page, out var head, out var tail) is var bad and not AbiResult.Ok)
            return bad;

        var next = Next(tail);
        if (next == head)
            return AbiResult.Full;

        BinaryPrimitives.WriteUInt64LittleEndian(page[(AcrnAbiSpec.RingHeaderBytes + (int)tail)..], cookie);
        BinaryPrimitives.WriteUInt32LittleEndian(page[Tail..], next);
        return AbiResult.Ok;
    }

    /// <summary>Takes the cookie at the head.</summary>
    public static AbiResult TryTake(Span<byte> page, out ulong cookie)
    {
        cookie = 0;
        if (Check(page, out var head, out var tail) is var bad and not AbiResult.Ok)
            return bad;
        if (head == tail)
            return AbiResult.Empty;

        cookie = BinaryPrimitives.ReadUInt64LittleEndian(page[(AcrnAbiSpec.RingHeaderBytes + (int)head)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(page[Head..], Next(head));
        return AbiResult.Ok;
    }

    private static AbiResult Check(ReadOnlySpan<byte> page, out uint head, out uint tail)
    {
        head = tail = 0;
        if (page.Length != AcrnAbiSpec.PageBytes)
            return AbiResult.BadLength;
        if (BinaryPrimitives.ReadUInt64LittleEndian(page[Magic..]) != AcrnAbiSpec.RingMagic)
            return AbiResult.BadMagic;

        head = BinaryPrimitives.ReadUInt32LittleEndian(page[Head..]);
        tail = BinaryPrimitives.ReadUInt32LittleEndian(page[Tail..]);
        var sound = BinaryPrimitives.ReadUInt32LittleEndian(page[ElementCount..]) == AcrnAbiSpec.RingElements
            && BinaryPrimitives.ReadUInt32LittleEndian(page[ElementSize..]) == AcrnAbiSpec.RingElementBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(page[Size..]) == DataBytes
            && IsPosition(head)
            && IsPosition(tail);
        return sound ? AbiResult.Ok : AbiResult.BadGeometry;
    }

    private static bool IsPosition(uint offset) => offset < DataBytes && offset % AcrnAbiSpec.RingElementBytes == 0;

    private static uint Next(uint offset) => offset + AcrnAbiSpec.RingElementBytes == DataBytes ? 0 : offset + AcrnAbiSpec.RingElementBytes;
}
