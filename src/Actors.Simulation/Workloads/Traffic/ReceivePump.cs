using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Receives a stream's bytes, and looks whether they are the right ones.</summary>
internal sealed class ReceivePump : PortPump
{
    private readonly IGuestMemory _memory;
    private readonly int _stream;
    private readonly int _size;
    private readonly ulong _pool;
    private readonly byte[] _bytes;
    private long _end;

    /// <summary>Makes a pump and gives its buffers to the device.</summary>
    /// <param name="platform">The guest.</param>
    /// <param name="port">The port, which must have no other buffers.</param>
    /// <param name="stream">What should come.</param>
    /// <param name="buffers">Receive buffers.</param>
    /// <param name="size">Bytes of each.</param>
    public ReceivePump(GuestPlatform platform, GuestConsolePort port, int stream, int buffers, int size)
        : base(port, port.ReceiveQueue)
    {
        _memory = platform.Cpu.Memory;
        _stream = stream;
        _size = size;
        _bytes = new byte[size];
        buffers = Math.Min(buffers, Queue.Size);
        _pool = platform.Heap.Allocate(buffers * size);
        for (var i = 0; i < buffers; i++)
            Queue.TryAdd(BufferAt(i), (uint)size, true, i);
    }

    /// <summary>Bytes that came.</summary>
    public long Position { get; private set; }

    /// <summary>The first position at which another byte came than was sent, roughly; -1: none.</summary>
    public long WrongAt { get; private set; } = -1;

    /// <inheritdoc/>
    public override bool IsDone => Position >= _end;

    /// <summary>Expects more.</summary>
    public ReceivePump Add(long bytes)
    {
        _end += bytes;
        return this;
    }

    /// <inheritdoc/>
    public override bool Move()
    {
        var moved = false;
        while (Queue.TryTakeUsed(out var buffer, out var length))
        {
            moved = true;
            var bytes = _bytes.AsSpan(0, (int)Math.Min(length, (uint)_size));
            _memory.TryRead(BufferAt(buffer), bytes);
            if (WrongAt < 0 && !BytePattern.Matches(bytes, _stream, Position))
                WrongAt = Position;
            Position += bytes.Length;
            Queue.TryAdd(BufferAt(buffer), (uint)_size, true, buffer);
        }

        return moved;
    }

    private ulong BufferAt(int index) => _pool + (ulong)(index * _size);
}
