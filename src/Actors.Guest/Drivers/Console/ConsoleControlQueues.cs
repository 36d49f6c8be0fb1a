using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The control queues of a multiport console: messages in, messages out, each in order.</summary>
internal sealed class ConsoleControlQueues
{
    /// <summary>A name of 255 bytes and its header, rounded up.</summary>
    public const int ReceiveBufferSize = 264;

    /// <summary>Messages on their way to the device.</summary>
    private const int MaxOutstanding = 32;

    private readonly IGuestMemory _memory;
    private readonly DriverVirtqueue _receive;
    private readonly DriverVirtqueue _transmit;
    private readonly ulong _receiveBuffers;
    private readonly ulong _transmitBuffers;
    private readonly int _transmitSlots;
    private uint _busySlots;

    public ConsoleControlQueues(IGuestMemory memory, GuestHeap heap, DriverVirtqueue receive, DriverVirtqueue transmit, int buffers)
    {
        _memory = memory;
        _receive = receive;
        _transmit = transmit;
        buffers = Math.Clamp(buffers, 1, receive.Size);
        _transmitSlots = Math.Min(MaxOutstanding, transmit.Size);
        _receiveBuffers = heap.Allocate(buffers * ReceiveBufferSize, 8);
        _transmitBuffers = heap.Allocate(_transmitSlots * VirtioConsoleSpec.ControlSize, 8);
        for (var i = 0; i < buffers; i++)
            receive.TryAdd(ReceiveAt(i), ReceiveBufferSize, true, i);
        transmit.DisableInterrupts();
    }

    public DriverVirtqueue Receive => _receive;

    public DriverVirtqueue Transmit => _transmit;

    public bool IsBroken => _receive.IsBroken || _transmit.IsBroken;

    /// <summary>Messages to the device that it has not used yet.</summary>
    public int Outstanding => _transmit.InFlight;

    /// <summary>True when this many messages can be sent.</summary>
    public bool CanSend(int messages)
    {
        Reap();
        return _transmitSlots - _transmit.InFlight >= messages && _transmit.FreeDescriptors >= messages;
    }

    /// <summary>Adds a message to the queue; <see cref="DriverVirtqueue.Publish"/> makes it available. Only after <see cref="CanSend"/>.</summary>
    public void Send(ControlMessage message)
    {
        var slot = System.Numerics.BitOperations.TrailingZeroCount(~_busySlots);
        var address = _transmitBuffers + (ulong)(slot * VirtioConsoleSpec.ControlSize);
        message.Write(_memory, address);
        if (_transmit.TryAdd(address, VirtioConsoleSpec.ControlSize, false, slot))
            _busySlots |= 1u << slot;
    }

    /// <summary>Takes one message from the device and gives its buffer back.</summary>
    /// <param name="message">The buffer's content goes here.</param>
    /// <param name="length">Bytes of it.</param>
    public bool TryReceive(Span<byte> message, out int length)
    {
        length = 0;
        if (!_receive.TryTakeUsed(out var token, out var written))
            return false;
        length = (int)written;
        _memory.TryRead(ReceiveAt(token), message[..length]);
        _receive.TryAdd(ReceiveAt(token), ReceiveBufferSize, true, token);
        return true;
    }

    private void Reap()
    {
        while (_transmit.TryTakeUsed(out var slot, out _))
            _busySlots &= ~(1u << slot);
    }

    private ulong ReceiveAt(int index) => _receiveBuffers + (ulong)(index * ReceiveBufferSize);
}
