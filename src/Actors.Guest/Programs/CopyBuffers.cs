namespace Actors.Guest;

/// <summary>The buffers that travel between a receive and a transmit queue: their bytes never move.</summary>
internal readonly record struct CopyBuffers(ulong Base, int Count)
{
    /// <summary>Bytes of a buffer.</summary>
    public const int Size = 32 * 1024;

    /// <summary>Most buffers: enough to keep both ends busy, few enough to stay in a cache.</summary>
    public const int MaxCount = 32;

    /// <summary>Length in a ring that says "the end".</summary>
    public const uint End = uint.MaxValue;

    /// <summary>As many buffers as both queues hold and RAM has room for, at least one.</summary>
    public static CopyBuffers Allocate(GuestHeap heap, int queueSize)
    {
        var room = (int)Math.Min((ulong)MaxCount, heap.Free / 2 / Size);
        var count = Math.Max(1, Math.Min(room, queueSize));
        return new(heap.Allocate(count * Size), count);
    }

    /// <summary>Address of a buffer.</summary>
    public ulong At(int index) => Base + ((ulong)index * Size);

    /// <summary>Gives all buffers to a receive queue.</summary>
    public void Post(DriverVirtqueue receive)
    {
        for (var i = 0; i < Count; i++)
            receive.TryAdd(At(i), Size, true, i);
    }
}
