using System.Collections.Concurrent;
using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>A directory of RAM that isn't there, and what was asked of it.</summary>
internal sealed class RecordingMemory : IGuestMemoryDirectory, IGuestMemory
{
    public ConcurrentQueue<string> Log { get; } = new();

    public bool IsFull { get; set; }

    public IGuestMemory Create(VmId vm, ulong bytes)
    {
        if (IsFull)
            throw new OutOfMemoryException();
        Log.Enqueue($"create {vm} {bytes}");
        return this;
    }

    public IGuestMemory? Find(VmId vm) => this;

    public void Clear(VmId vm) => Log.Enqueue($"clear {vm}");

    public void Remove(VmId vm) => Log.Enqueue($"remove {vm}");

    public bool IsRam(ulong address, ulong length) => false;

    public bool TryRead(ulong address, Span<byte> destination) => false;

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

    public bool TryReadUInt16(ulong address, out ushort value)
    {
        value = 0;
        return false;
    }

    public bool TryWriteUInt16(ulong address, ushort value) => false;

    public bool TryReadUInt32(ulong address, out uint value)
    {
        value = 0;
        return false;
    }

    public bool TryWriteUInt32(ulong address, uint value) => false;

    public void Fence()
    {
    }
}
