using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// The RAM of a VM on its own node: a low region from 0 and, beyond 2 GiB, a high region from 4 GiB. A page costs nothing until it is
/// written. Guest and devices race on its bytes as they do on real RAM; the races can tear data, never memory safety.
/// </summary>
public sealed class GuestRam : IGuestMemory
{
    /// <summary>Largest RAM of a VM.</summary>
    public const ulong MaxBytes = 1UL << 40;

    private readonly ulong _lowBytes;
    private readonly ulong _highBytes;
    private PageTable _pages;

    /// <summary>RAM of zeroes.</summary>
    /// <param name="bytes">Size in bytes: a multiple of 4096, not 0, at most <see cref="MaxBytes"/>.</param>
    public GuestRam(ulong bytes)
    {
        if (bytes is 0 or > MaxBytes || bytes % PageTable.PageSize != 0)
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "RAM is a multiple of 4096 bytes, at least 4096, at most 1 TiB.");
        _lowBytes = Math.Min(bytes, VmLimits.LowRamEnd);
        _highBytes = bytes - _lowBytes;
        _pages = NewTable();
    }

    /// <summary>Size in bytes.</summary>
    public ulong Bytes => _lowBytes + _highBytes;

    /// <summary>Pages of 4 KiB that were written since the RAM was made or cleared.</summary>
    public long TouchedPages => Volatile.Read(ref _pages).Touched;

    /// <summary>What the touched pages hold, in bytes.</summary>
    public long TouchedBytes => TouchedPages * PageTable.PageSize;

    /// <inheritdoc/>
    public bool IsRam(ulong address, ulong length) => TryLocate(address, length, out _);

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!TryLocate(address, (ulong)destination.Length, out var offset))
            return false;

        var pages = Volatile.Read(ref _pages);
        while (!destination.IsEmpty)
        {
            var start = OffsetInPage(offset);
            var count = Math.Min(destination.Length, PageTable.PageSize - start);
            if (pages.Find(offset >> PageTable.PageBits) is { } page)
            {
                page.AsSpan(start, count).CopyTo(destination);
            }
            else
            {
                destination[..count].Clear();
            }

            destination = destination[count..];
            offset += (ulong)count;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!TryLocate(address, (ulong)source.Length, out var offset))
            return false;

        var pages = Volatile.Read(ref _pages);
        while (!source.IsEmpty)
        {
            var start = OffsetInPage(offset);
            var count = Math.Min(source.Length, PageTable.PageSize - start);
            source[..count].CopyTo(pages.FindOrMake(offset >> PageTable.PageBits).AsSpan(start, count));
            source = source[count..];
            offset += (ulong)count;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryReadUInt16(ulong address, out ushort value)
    {
        value = 0;
        if (!TryLocateWord(address, sizeof(ushort), out var offset))
            return false;
        if (Volatile.Read(ref _pages).Find(offset >> PageTable.PageBits) is { } page)
            value = LittleEndian(Volatile.Read(ref Word<ushort>(page, offset)));
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt16(ulong address, ushort value)
    {
        if (!TryLocateWord(address, sizeof(ushort), out var offset))
            return false;
        var page = Volatile.Read(ref _pages).FindOrMake(offset >> PageTable.PageBits);
        Volatile.Write(ref Word<ushort>(page, offset), LittleEndian(value));
        return true;
    }

    /// <inheritdoc/>
    public bool TryReadUInt32(ulong address, out uint value)
    {
        value = 0;
        if (!TryLocateWord(address, sizeof(uint), out var offset))
            return false;
        if (Volatile.Read(ref _pages).Find(offset >> PageTable.PageBits) is { } page)
            value = LittleEndian(Volatile.Read(ref Word<uint>(page, offset)));
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt32(ulong address, uint value)
    {
        if (!TryLocateWord(address, sizeof(uint), out var offset))
            return false;
        var page = Volatile.Read(ref _pages).FindOrMake(offset >> PageTable.PageBits);
        Volatile.Write(ref Word<uint>(page, offset), LittleEndian(value));
        return true;
    }

    /// <inheritdoc/>
    public void Fence() => Interlocked.MemoryBarrier();

    /// <summary>
    /// Sets everything to zero by forgetting the pages. An access that runs at the same time sees or changes the forgotten ones.
    /// </summary>
    public void Clear() => Volatile.Write(ref _pages, NewTable());

    private PageTable NewTable() => new(Bytes >> PageTable.PageBits);

    /// <summary>Checks a range and gives its place in the table, in which the high region follows the low one without a hole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLocate(ulong address, ulong length, out ulong offset)
    {
        offset = address;
        if (address < _lowBytes)
            return length <= _lowBytes - address;
        if (address < VmLimits.HighRamStart)
            return false;
        var inHigh = address - VmLimits.HighRamStart;
        offset = _lowBytes + inHigh;
        return inHigh < _highBytes && length <= _highBytes - inHigh;
    }

    private bool TryLocateWord(ulong address, int size, out ulong offset) =>
        TryLocate(address, (ulong)size, out offset) && (address & (ulong)(size - 1)) == 0;

    private static int OffsetInPage(ulong offset) => (int)(offset & (PageTable.PageSize - 1));

    /// <summary>An aligned word of a page. Array data starts at a multiple of 8, so what is aligned in the page is aligned in memory.</summary>
    private static ref T Word<T>(byte[] page, ulong offset)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(page), OffsetInPage(offset)));

    private static ushort LittleEndian(ushort word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    private static uint LittleEndian(uint word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
}
