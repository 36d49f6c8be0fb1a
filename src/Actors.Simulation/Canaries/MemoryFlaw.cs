using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A flaw in how one user accesses guest RAM.</summary>
internal abstract class MemoryFlaw : Flaw
{
    /// <summary>Whose accesses are wrong.</summary>
    protected virtual MemoryUser User => MemoryUser.Device;

    /// <inheritdoc/>
    public sealed override IGuestMemory Memory(World world, VmId vm, MemoryUser user, IGuestMemory memory) =>
        user == User ? new View(this, world, vm, memory) : memory;

    /// <summary>After a read.</summary>
    protected virtual void AfterRead(in Spot spot, Span<byte> data)
    {
    }

    /// <summary>In place of a write.</summary>
    protected virtual bool Write(in Spot spot, ReadOnlySpan<byte> data) => spot.Memory.TryWrite(spot.Hit.Access.Address, data);

    /// <summary>An access that may go wrong.</summary>
    /// <param name="World">The world.</param>
    /// <param name="Memory">RAM.</param>
    /// <param name="Hit">What it hits.</param>
    protected readonly record struct Spot(World World, IGuestMemory Memory, RingAccess Hit);

    private sealed class View(MemoryFlaw flaw, World world, VmId vm, IGuestMemory memory) : IGuestMemory
    {
        public bool IsRam(ulong address, ulong length) => memory.IsRam(address, length);

        public bool TryRead(ulong address, Span<byte> destination)
        {
            var spot = At(false, address, destination.Length);
            var done = memory.TryRead(address, destination);
            if (done)
                flaw.AfterRead(spot, destination);
            return done;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => flaw.Write(At(true, address, source.Length), source);

        public bool TryReadUInt16(ulong address, out ushort value) => memory.TryReadUInt16(address, out value);

        public bool TryWriteUInt16(ulong address, ushort value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
            return TryWrite(address, bytes);
        }

        public bool TryReadUInt32(ulong address, out uint value) => memory.TryReadUInt32(address, out value);

        public bool TryWriteUInt32(ulong address, uint value) => memory.TryWriteUInt32(address, value);

        public void Fence() => memory.Fence();

        private Spot At(bool isWrite, ulong address, int length)
        {
            var access = new MemoryEvent(vm, flaw.User, isWrite, address, length, false);
            var hit = world.Virtio.DeviceOf(world.Trace.CurrentActor)?.Find(access) ?? Foreign(access);
            return new Spot(world, memory, hit);
        }

        private RingAccess Foreign(in MemoryEvent access)
        {
            foreach (var device in world.Virtio.Devices)
            {
                if (device.Vm == vm && device.Find(access) is { Area: not RingArea.Outside } hit)
                    return hit;
            }

            return new RingAccess(null, null, null, RingArea.Outside, 0, false, access);
        }
    }
}
