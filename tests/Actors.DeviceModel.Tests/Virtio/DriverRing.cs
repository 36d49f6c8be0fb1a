using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>The driver's side of a split queue, written from the specification and free to break it.</summary>
internal sealed class DriverRing
{
    private readonly TestMemory _memory;
    private ushort _nextDescriptor;
    private ulong _nextBuffer;

    public DriverRing(TestMemory memory, ulong at, int size)
    {
        _memory = memory;
        Size = size;
        Descriptors = Align(at, 16);
        Available = Descriptors + (ulong)VirtioSpec.DescriptorTableBytes(size);
        Used = Align(Available + (ulong)VirtioSpec.AvailBytes(size), VirtioSpec.LegacyAlignment);
        Buffers = Align(Used + (ulong)VirtioSpec.UsedBytes(size), 4096);
        _nextBuffer = Buffers;
    }

    public int Size { get; }

    public ulong Descriptors { get; }

    public ulong Available { get; }

    public ulong Used { get; }

    /// <summary>Where buffers of this ring begin.</summary>
    public ulong Buffers { get; }

    public ushort AvailableIndex
    {
        get => _memory.Peek16(Available + VirtioSpec.AvailIndex);
        set => _memory.Poke16(Available + VirtioSpec.AvailIndex, value);
    }

    public ushort UsedIndex => _memory.Peek16(Used + VirtioSpec.UsedIndex);

    public ushort UsedFlags => _memory.Peek16(Used + VirtioSpec.UsedFlags);

    public ushort AvailEvent => _memory.Peek16(Used + VirtioSpec.UsedRing + (8UL * (uint)Size));

    public ushort AvailableFlags
    {
        set => _memory.Poke16(Available + VirtioSpec.AvailFlags, value);
    }

    public ushort UsedEvent
    {
        set => _memory.Poke16(Available + VirtioSpec.AvailRing + (2UL * (uint)Size), value);
    }

    public (uint Id, uint Length) UsedElement(ushort index)
    {
        var at = Used + VirtioSpec.UsedRing + (8UL * (uint)(index & (Size - 1)));
        return (_memory.Peek32(at), _memory.Peek32(at + 4));
    }

    public void Descriptor(int index, ulong address, uint length, ushort flags = 0, ushort next = 0) =>
        DescriptorIn(Descriptors, index, address, length, flags, next);

    public void DescriptorIn(ulong table, int index, ulong address, uint length, ushort flags = 0, ushort next = 0)
    {
        var at = table + (16UL * (uint)index);
        _memory.Poke64(at, address);
        _memory.Poke32(at + 8, length);
        _memory.Poke16(at + 12, flags);
        _memory.Poke16(at + 14, next);
    }

    /// <summary>Makes a head available.</summary>
    public void Offer(ushort head)
    {
        var index = AvailableIndex;
        _memory.Poke16(Available + VirtioSpec.AvailRing + (2UL * (uint)(index & (Size - 1))), head);
        AvailableIndex = (ushort)(index + 1);
    }

    /// <summary>Room for a buffer that nothing else uses.</summary>
    public ulong Allocate(int bytes)
    {
        var at = _nextBuffer;
        _nextBuffer += ((ulong)bytes + 15) & ~15UL;
        return at;
    }

    /// <summary>Makes a direct chain available, in descriptors taken round robin, and gives its head.</summary>
    public ushort Send(params Part[] parts)
    {
        var head = Link(parts);
        Offer(head);
        return head;
    }

    /// <summary>As <see cref="Send"/> without making it available.</summary>
    public ushort Link(params Part[] parts)
    {
        var head = _nextDescriptor;
        for (var i = 0; i < parts.Length; i++)
        {
            var at = _nextDescriptor;
            _nextDescriptor = (ushort)((_nextDescriptor + 1) & (Size - 1));
            var flags = (ushort)((parts[i].Writable ? VirtioSpec.DescriptorWrite : 0) | (i < parts.Length - 1 ? VirtioSpec.DescriptorNext : 0));
            Descriptor(at, parts[i].Address, parts[i].Length, flags, _nextDescriptor);
        }

        return head;
    }

    /// <summary>A device-readable part with this content.</summary>
    public Part Out(params byte[] content)
    {
        var at = Allocate(content.Length);
        _memory.Poke(at, content);
        return new Part(at, (uint)content.Length, false);
    }

    /// <summary>A device-writable part.</summary>
    public Part In(int bytes) => new(Allocate(bytes), (uint)bytes, true);

    private static ulong Align(ulong address, ulong alignment) => (address + alignment - 1) & ~(alignment - 1);
}

/// <summary>A part of a chain.</summary>
internal readonly record struct Part(ulong Address, uint Length, bool Writable);
