using System.Numerics;
using System.Runtime.CompilerServices;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Guest RAM as one of its users sees it: every access is an event of the trace, and may meet a fault.</summary>
internal sealed class SimMemory(World world, VmId vm, MemoryUser user, IGuestMemory inner) : IGuestMemory
{
    /// <inheritdoc/>
    public bool IsRam(ulong address, ulong length) => inner.IsRam(address, length);

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination) =>
        Seen(!Refuses(false, address, destination.Length) && inner.TryRead(address, destination), address, destination);

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) =>
        Written(!Refuses(true, address, source.Length) && inner.TryWrite(address, source), address, source);

    /// <inheritdoc/>
    public bool TryReadUInt16(ulong address, out ushort value) =>
        SeenWord(!Refuses(false, address, sizeof(ushort)) & inner.TryReadUInt16(address, out value), address, ref value);

    /// <inheritdoc/>
    public bool TryWriteUInt16(ulong address, ushort value) =>
        WrittenWord(!Refuses(true, address, sizeof(ushort)) && inner.TryWriteUInt16(address, value), address, value);

    /// <inheritdoc/>
    public bool TryReadUInt32(ulong address, out uint value) =>
        SeenWord(!Refuses(false, address, sizeof(uint)) & inner.TryReadUInt32(address, out value), address, ref value);

    /// <inheritdoc/>
    public bool TryWriteUInt32(ulong address, uint value) =>
        WrittenWord(!Refuses(true, address, sizeof(uint)) && inner.TryWriteUInt32(address, value), address, value);

    /// <inheritdoc/>
    public void Fence() => inner.Fence();

    private bool Refuses(bool isWrite, ulong address, int length) =>
        world.Faults.HasMemoryRules && world.Faults.RefusesAccess(vm, user, isWrite, address, length);

    private bool SeenWord<T>(bool done, ulong address, ref T value)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<T>()];
        value.WriteLittleEndian(bytes);
        Seen(done, address, bytes);
        value = T.ReadLittleEndian(bytes, isUnsigned: true);
        return done;
    }

    private bool WrittenWord<T>(bool done, ulong address, T value)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<T>()];
        value.WriteLittleEndian(bytes);
        return Written(done, address, bytes);
    }

    private bool Seen(bool done, ulong address, Span<byte> bytes)
    {
        if (done && world.Faults.HasMemoryRules)
            world.Faults.AfterRead(vm, user, inner, address, bytes);
        world.Trace.Memory(new MemoryEvent(vm, user, false, address, bytes.Length, !done), done ? bytes : default);
        return done;
    }

    private bool Written(bool done, ulong address, ReadOnlySpan<byte> bytes)
    {
        world.Trace.Memory(new MemoryEvent(vm, user, true, address, bytes.Length, !done), bytes);
        if (done && world.Faults.HasMemoryRules)
            world.Faults.AfterWrite(vm, user, inner, address, bytes.Length);
        return done;
    }
}

/// <summary>The directory of a world's RAM, for one kind of user. All share the RAM itself.</summary>
internal sealed class SimMemoryDirectory(World world, GuestRamDirectory inner, MemoryUser user) : IGuestMemoryDirectory
{
    /// <inheritdoc/>
    public IGuestMemory Create(VmId vm, ulong bytes) => See(vm, inner.Create(vm, bytes));

    /// <inheritdoc/>
    public IGuestMemory? Find(VmId vm) => inner.Find(vm) is { } memory ? See(vm, memory) : null;

    /// <inheritdoc/>
    public void Clear(VmId vm) => inner.Clear(vm);

    /// <inheritdoc/>
    public void Remove(VmId vm) => inner.Remove(vm);

    private IGuestMemory See(VmId vm, IGuestMemory memory)
    {
        var seen = new SimMemory(world, vm, user, memory);
        return world.Flaw?.Memory(world, vm, user, seen) ?? seen;
    }
}
