using Actors.Guest;

namespace Actors.Simulation;

/// <summary>Sends a stream on a raw console's transmit queue, over resets and new queues.</summary>
internal sealed class RawSender
{
    private readonly GuestCpu _cpu;
    private readonly RawConsole _console;
    private readonly int _stream;
    private readonly int _chain;
    private readonly byte[] _bytes;
    private ulong _pool;
    private int _buffers;
    private readonly Stack<int> _free = [];

    public RawSender(GuestCpu cpu, RawConsole console, int stream, int chain)
    {
        _cpu = cpu;
        _console = console;
        _stream = stream;
        _chain = chain;
        _bytes = new byte[chain];
    }

    /// <summary>The queue in use.</summary>
    public DriverVirtqueue? Queue { get; private set; }

    /// <summary>Bytes of the stream that were handed to the device.</summary>
    public long Position { get; private set; }

    /// <summary>Goes on with a queue that nobody has used: what was in flight in the last one is given up.</summary>
    public void Use(DriverVirtqueue queue)
    {
        const int MaxBuffers = 64;
        if (_buffers == 0)
        {
            _buffers = MaxBuffers;
            _pool = _console.Heap.Allocate(_buffers * _chain);
        }

        Queue = queue;
        _free.Clear();
        for (var i = Math.Min(_buffers, queue.Size) - 1; i >= 0; i--)
            _free.Push(i);
        queue.DisableInterrupts();
    }

    /// <summary>Makes chains available, as many as fit; doesn't kick. True when the device wants a kick.</summary>
    public bool Offer(long until)
    {
        var queue = Queue!;
        while (Position < until && _free.Count != 0 && queue.FreeDescriptors != 0)
        {
            var bytes = _bytes.AsSpan(0, (int)Math.Min(_chain, until - Position));
            BytePattern.Fill(bytes, _stream, Position);
            var buffer = _free.Pop();
            var address = _pool + (ulong)(buffer * _chain);
            _cpu.Memory.TryWrite(address, bytes);
            queue.TryAdd(address, (uint)bytes.Length, false, buffer);
            Position += bytes.Length;
        }

        return queue.Publish();
    }

    /// <summary>Asks for an interrupt when the device uses the next chain.</summary>
    public void Ask() => Queue!.EnableInterrupts();

    /// <summary>Sends up to a position, and waits until the device has given every chain back. False when the queue broke.</summary>
    public async GuestTask<bool> SendAll(long until)
    {
        var queue = Queue!;
        while (!queue.IsBroken)
        {
            while (queue.TryTakeUsed(out var buffer, out _))
                _free.Push(buffer);
            if (Offer(until))
                await queue.Kick(_cpu);
            if (Position >= until && queue.InFlight == 0)
                return true;
            if (queue.EnableInterruptsAfterHalf())
                await _console.Interrupts.Wait();
            queue.DisableInterrupts();
        }

        return false;
    }
}
