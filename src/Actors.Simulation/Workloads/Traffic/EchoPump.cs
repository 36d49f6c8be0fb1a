using Actors.Guest;

namespace Actors.Simulation;

/// <summary>Sends back what comes in, from the buffers that it came in: the transmit half of an echo.</summary>
internal sealed class EchoPump : PortPump
{
    private readonly GuestHalf _input;
    private long _end;

    /// <summary>Makes the pump and gives its buffers to the device.</summary>
    public EchoPump(GuestPlatform platform, GuestConsolePort port, int buffers, int size)
        : base(port, port.TransmitQueue)
    {
        buffers = Math.Min(buffers, Math.Min(port.ReceiveQueue.Size, Queue.Size));
        _input = new GuestHalf(this, port, platform.Heap.Allocate(buffers * size), buffers, size);
    }

    /// <summary>The receive half; runs beside.</summary>
    public PortPump Input => _input;

    /// <summary>Bytes that the device has taken back.</summary>
    public long Echoed { get; private set; }

    /// <inheritdoc/>
    public override bool IsDone => Echoed >= _end;

    /// <summary>Expects more.</summary>
    public EchoPump Add(long bytes)
    {
        _end += bytes;
        return this;
    }

    /// <inheritdoc/>
    public override bool Move()
    {
        var moved = false;
        while (Queue.TryTakeUsed(out var buffer, out _))
        {
            Echoed += _input.GiveBack(buffer);
            moved = true;
        }

        return moved;
    }

    private sealed class GuestHalf : PortPump
    {
        private readonly EchoPump _output;
        private readonly ulong _pool;
        private readonly int _size;
        private readonly int[] _lengths;

        public GuestHalf(EchoPump output, GuestConsolePort port, ulong pool, int buffers, int size)
            : base(port, port.ReceiveQueue)
        {
            _output = output;
            _pool = pool;
            _size = size;
            _lengths = new int[buffers];
            for (var i = 0; i < buffers; i++)
                Queue.TryAdd(BufferAt(i), (uint)size, true, i);
        }

        public override bool IsDone => _output.IsDone;

        public override bool Move()
        {
            var moved = false;
            while (_output.Queue.FreeDescriptors != 0 && Port.CanTransmit && Queue.TryTakeUsed(out var buffer, out var length))
            {
                moved = true;
                _lengths[buffer] = (int)length;
                if (length == 0)
                    Queue.TryAdd(BufferAt(buffer), (uint)_size, true, buffer);
                else
                    _output.Queue.TryAdd(BufferAt(buffer), length, false, buffer);
            }

            return moved;
        }

        public override bool Arm() => Queue.EnableInterrupts() || !Port.CanTransmit || _output.Queue.FreeDescriptors == 0;

        public int GiveBack(int buffer)
        {
            Queue.TryAdd(BufferAt(buffer), (uint)_size, true, buffer);
            return _lengths[buffer];
        }

        private ulong BufferAt(int index) => _pool + (ulong)(index * _size);
    }
}
