using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// One flat region of RAM that remembers who touched what. Nothing below <see cref="Start"/> or behind <see cref="End"/> is RAM; pages may be
/// taken away (a balloon). A capability may be set: a range that isn't allowed then throws.
/// </summary>
internal sealed class TestMemory(int bytes = 0x10_0000, ulong start = 0) : IGuestMemory
{
    private readonly byte[] _ram = new byte[bytes];
    private readonly HashSet<ulong> _gone = [];

    public ulong Start { get; } = start;

    public ulong End { get; } = start + (ulong)bytes;

    /// <summary>The bytes, for a test's own eyes: not logged.</summary>
    public byte[] Ram => _ram;

    public List<MemoryAccess>? Log { get; set; }

    /// <summary>Asked before each access that would succeed.</summary>
    public Action<MemoryAccess>? Guard { get; set; }

    /// <summary>Called after each read, to play a second vCPU that changes what was read.</summary>
    public Action<MemoryAccess>? AfterRead { get; set; }

    public long Accesses { get; private set; }

    public int Fences { get; private set; }

    public void TakePageAway(ulong address) => _gone.Add(address >> 12);

    public bool IsRam(ulong address, ulong length)
    {
        if (address < Start || address >= End || length > End - address)
            return false;
        for (var page = address >> 12; _gone.Count > 0 && page <= (address + Math.Max(length, 1) - 1) >> 12; page++)
        {
            if (_gone.Contains(page))
                return false;
        }

        return true;
    }

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!Allowed(address, destination.Length, isWrite: false))
            return false;
        At(address, destination.Length).CopyTo(destination);
        AfterRead?.Invoke(new MemoryAccess(address, destination.Length, false));
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!Allowed(address, source.Length, isWrite: true))
            return false;
        source.CopyTo(At(address, source.Length));
        return true;
    }

    public bool TryReadUInt16(ulong address, out ushort value)
    {
        Span<byte> word = stackalloc byte[2];
        var done = (address & 1) == 0 && TryRead(address, word);
        value = BinaryPrimitives.ReadUInt16LittleEndian(word);
        return done;
    }

    public bool TryWriteUInt16(ulong address, ushort value)
    {
        Span<byte> word = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(word, value);
        return (address & 1) == 0 && TryWrite(address, word);
    }

    public bool TryReadUInt32(ulong address, out uint value)
    {
        Span<byte> word = stackalloc byte[4];
        var done = (address & 3) == 0 && TryRead(address, word);
        value = BinaryPrimitives.ReadUInt32LittleEndian(word);
        return done;
    }

    public bool TryWriteUInt32(ulong address, uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        return (address & 3) == 0 && TryWrite(address, word);
    }

    public void Fence() => Fences++;

    // What the guest itself does: neither logged nor guarded.

    public ushort Peek16(ulong address) => BinaryPrimitives.ReadUInt16LittleEndian(At(address, 2));

    public uint Peek32(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(At(address, 4));

    public byte[] Peek(ulong address, int count) => At(address, count).ToArray();

    public void Poke16(ulong address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(At(address, 2), value);

    public void Poke32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(At(address, 4), value);

    public void Poke64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(At(address, 8), value);

    public void Poke(ulong address, ReadOnlySpan<byte> data) => data.CopyTo(At(address, data.Length));

    private Span<byte> At(ulong address, int count) => _ram.AsSpan(checked((int)(address - Start)), count);

    private bool Allowed(ulong address, int length, bool isWrite)
    {
        if (!IsRam(address, (ulong)length))
            return false;
        Accesses++;
        var access = new MemoryAccess(address, length, isWrite);
        Guard?.Invoke(access);
        Log?.Add(access);
        return true;
    }
}

/// <summary>One access of the device.</summary>
internal readonly record struct MemoryAccess(ulong Address, int Length, bool IsWrite)
{
    public bool IsWithin(ulong start, ulong length) => Address >= start && Address + (ulong)Length <= start + length;
}
