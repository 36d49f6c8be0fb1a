using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Sends a stream's bytes: as many chains in flight as the queue and the buffers allow.</summary>
internal sealed class SendPump : PortPump
{
    /// <summary>RAM for chains in flight, bytes at most.</summary>
    private const int MaxPool = 1 << 20;

    private readonly IGuestMemory _memory;
    private readonly Framing _framing;
    private readonly Prng _random;
    private readonly int _stream;
    private readonly ulong _pool;
    private readonly Stack<int> _free = [];
    private readonly byte[] _bytes;
    private readonly int[] _lengths;
    private readonly bool _isMirrored;
    private long _position;
    private long _end;

    /// <summary>Makes a pump that has nothing to send yet.</summary>
    /// <param name="platform">The guest.</param>
    /// <param name="port">The port.</param>
    /// <param name="stream">What is sent.</param>
    /// <param name="framing">How it is cut.</param>
    /// <param name="random">What the framing is drawn from.</param>
    /// <param name="isMirrored">Whether the same bytes also stand <see cref="PoolBytes"/> further up, so that a descriptor may say either.</param>
    public SendPump(GuestPlatform platform, GuestConsolePort port, int stream, Framing framing, Prng random, bool isMirrored = false)
        : base(port, port.TransmitQueue)
    {
        _memory = platform.Cpu.Memory;
        _framing = framing;
        _random = random;
        _stream = stream;
        _bytes = new byte[framing.MaxLength];
        var buffers = Math.Clamp(MaxPool / framing.MaxLength, 1, Queue.Size);
        _lengths = new int[buffers];
        PoolBytes = buffers * framing.MaxLength;
        _pool = platform.Heap.Allocate(isMirrored ? 2 * PoolBytes : PoolBytes);
        _isMirrored = isMirrored;
        for (var i = buffers - 1; i >= 0; i--)
            _free.Push(i);
    }

    /// <summary>First byte of the RAM that chains lie in.</summary>
    public ulong Pool => _pool;

    /// <summary>Bytes of it.</summary>
    public int PoolBytes { get; }

    /// <summary>Bytes of the stream that were handed to the device.</summary>
    public long Position => _position;

    /// <summary>Position before which every buffer came back: where a guest goes on that has to begin again.</summary>
    public long Returned { get; private set; }

    /// <summary>Whether the end of the sending waits for the device to give the last chain back.</summary>
    public bool WaitsForLast { get; init; } = true;

    /// <inheritdoc/>
    public override bool IsDone => _position == _end && (!WaitsForLast || Queue.InFlight == 0);

    /// <summary>Has more to send.</summary>
    public SendPump Add(long bytes)
    {
        _end += bytes;
        return this;
    }

    /// <summary>Goes on in the stream at a position, as after a reset.</summary>
    public SendPump From(long position)
    {
        _end += position - _position;
        _position = position;
        Returned = position;
        return this;
    }

    /// <inheritdoc/>
    public override bool Move()
    {
        var moved = false;
        while (Queue.TryTakeUsed(out var buffer, out _))
        {
            _free.Push(buffer);
            Returned += _lengths[buffer];
            moved = true;
        }

        while (_position < _end && Port.CanTransmit && _free.Count != 0 && TrySend())
            moved = true;
        return moved;
    }

    /// <inheritdoc/>
    public override bool Arm() => Queue.EnableInterruptsAfterHalf();

    private bool TrySend()
    {
        var length = _framing.NextLength(_random, _end - _position);
        var count = _framing.NextSegments(_random, length);
        if (Queue.FreeDescriptors < count)
            return false;
        var buffer = _free.Peek();
        var address = _pool + (ulong)(buffer * _framing.MaxLength);
        Span<GuestSegment> segments = stackalloc GuestSegment[DriverVirtqueue.MaxIndirectSegments];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var left = length - at - (count - 1 - i);
            var part = i == count - 1 ? left : _framing.Kind == FramingKind.Random ? (int)_random.Between(1, left) : Math.Min(left, length / count);
            segments[i] = new GuestSegment(address + (ulong)at, (uint)part, false);
            at += part;
        }

        var bytes = _bytes.AsSpan(0, length);
        BytePattern.Fill(bytes, _stream, _position);
        _memory.TryWrite(address, bytes);
        if (_isMirrored)
            _memory.TryWrite(address + (ulong)PoolBytes, bytes);
        if (!Queue.TryAdd(segments[..count], buffer))
            return false;
        _free.Pop();
        _lengths[buffer] = length;
        _position += length;
        return true;
    }
}
