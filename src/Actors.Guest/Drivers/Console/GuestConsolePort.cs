using System.Diagnostics.CodeAnalysis;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// A port of a virtio console as a guest's programs see it. All waiting is for interrupts. Used by one processor, the one that drives its device.
/// </summary>
public sealed class GuestConsolePort
{
    /// <summary>Most bytes of one chain of a write.</summary>
    public const int MaxChainBytes = 64 * 1024;

    private readonly VirtioConsoleDriver _driver;
    private ulong _receiveBuffers;
    private int _receiveSize;
    private int _current = -1;
    private int _currentAt;
    private int _currentLength;
    private TransmitBuffers? _transmit;
    private bool _hungUp;

    internal GuestConsolePort(VirtioConsoleDriver driver, int id, DriverVirtqueue receiveQueue, DriverVirtqueue transmitQueue)
    {
        _driver = driver;
        Id = id;
        ReceiveQueue = receiveQueue;
        TransmitQueue = transmitQueue;
    }

    /// <summary>Port id within its device.</summary>
    public int Id { get; }

    /// <summary>Name, once the device gave one; else empty.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>True when the device said that it is a console.</summary>
    public bool IsConsole { get; internal set; }

    /// <summary>True while something is open at the host's end.</summary>
    public bool HostConnected { get; private set; }

    /// <summary>True while this side is open.</summary>
    public bool GuestOpen { get; internal set; }

    /// <summary>True when the port is there: added and not removed.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>Columns of a console, 0 when not said.</summary>
    public int Columns { get; internal set; }

    /// <summary>Rows of a console, 0 when not said.</summary>
    public int Rows { get; internal set; }

    /// <summary>The queue that the device fills. A program that uses it by itself leaves <see cref="Read"/> alone.</summary>
    public DriverVirtqueue ReceiveQueue { get; }

    /// <summary>The queue that the device empties. A program that uses it by itself gives tokens that aren't negative.</summary>
    public DriverVirtqueue TransmitQueue { get; }

    /// <summary>The driver of the port's device.</summary>
    public VirtioConsoleDriver Driver => _driver;

    /// <summary>True when nothing will ever move again: the port was removed, or its device or a queue is broken.</summary>
    public bool IsGone => !IsPresent || _driver.IsBroken || ReceiveQueue.IsBroken || TransmitQueue.IsBroken;

    /// <summary>True when a write needs not wait for the host: a console is written to always, a data port while it is connected.</summary>
    public bool CanTransmit => IsConsole || HostConnected;

    /// <summary>
    /// Opens this side with receive buffers of the driver's choice. Without it, <see cref="Read"/> opens the port.
    /// </summary>
    public GuestTask Open() => Open(_driver.Options.ReceiveBuffers, _driver.Options.ReceiveBufferSize);

    /// <summary>Opens this side. Its receive buffers are posted first, so that nothing sent on the news has to wait.</summary>
    /// <param name="buffers">Receive buffers; no more than the queue has entries are used. None, when the program posts its own.</param>
    /// <param name="bufferSize">Bytes of each.</param>
    public async GuestTask Open(int buffers, int bufferSize)
    {
        if (_receiveBuffers == 0 && buffers != 0)
        {
            buffers = Math.Min(buffers, ReceiveQueue.FreeDescriptors);
            _receiveSize = bufferSize;
            _receiveBuffers = _driver.Heap.Allocate(buffers * bufferSize);
            for (var i = 0; i < buffers; i++)
                ReceiveQueue.TryAdd(ReceiveBufferAt(i), (uint)bufferSize, true, i);
            ReceiveQueue.DisableInterrupts();
            if (ReceiveQueue.Publish())
                await ReceiveQueue.Kick(_driver.Cpu);
        }

        await Announce();
    }

    /// <summary>Closes this side of a data port. What the host sent stays to be read after the next <see cref="Open()"/>.</summary>
    public async GuestTask Close()
    {
        if (!GuestOpen)
            return;
        GuestOpen = false;
        await _driver.SendPortOpen(this);
    }

    /// <summary>
    /// Reads what there is, at least one byte; waits for it. 0 when the host closed the port and all it sent was read, once for each
    /// time it closed; and when the port is gone.
    /// </summary>
    public async GuestTask<int> Read(Memory<byte> destination)
    {
        if (_receiveBuffers == 0 || !GuestOpen)
            await Open();
        while (true)
        {
            if (TryReadNow(destination.Span, out var count))
            {
                if (ReceiveQueue.Publish())
                    await ReceiveQueue.Kick(_driver.Cpu);
                return count;
            }

            if (IsGone || TakeHangup())
                return 0;
            if (!ReceiveQueue.EnableInterrupts())
                continue;
            await _driver.WaitForEvent();
            ReceiveQueue.DisableInterrupts();
        }
    }

    /// <summary>
    /// Queues all bytes; returns when the last is queued. On a data port waits for the host to connect.
    /// </summary>
    /// <returns>False when the port is gone: bytes may be lost.</returns>
    public async GuestTask<bool> Write(ReadOnlyMemory<byte> data)
    {
        _transmit ??= new TransmitBuffers(_driver.Heap, _driver.Options, TransmitQueue.Size);
        while (!data.IsEmpty)
        {
            if (IsGone)
                return false;
            if (!CanTransmit)
            {
                await _driver.WaitForEvent();
                continue;
            }

            _transmit.Reap(TransmitQueue);
            var taken = _transmit.Queue(TransmitQueue, _driver.Cpu.Memory, data.Span);
            data = data[taken..];
            if (taken != 0 && !data.IsEmpty)
                continue;
            if (TransmitQueue.Publish())
                await TransmitQueue.Kick(_driver.Cpu);
            if (taken == 0 && TransmitQueue.EnableInterruptsAfterHalf())
                await _driver.WaitForEvent();
        }

        TransmitQueue.DisableInterrupts();
        return !IsGone;
    }

    /// <summary>
    /// Waits until the device has used every chain of this port's transmit queue, also those that a program added by itself: their
    /// tokens are dropped. False when the port is gone.
    /// </summary>
    public async GuestTask<bool> Flush()
    {
        while (true)
        {
            Reap();
            if (TransmitQueue.InFlight == 0)
                return true;
            if (IsGone)
                return false;
            if (TransmitQueue.EnableInterruptsAfterHalf())
                await _driver.WaitForEvent();
        }
    }

    /// <summary>True once after the host closed the port, when everything it sent before is taken.</summary>
    public bool TakeHangup()
    {
        // The order matters: the news came after the data, so the ring that is empty now stays so.
        if (!_hungUp || ReceiveQueue.HasUsed || _current >= 0)
            return false;
        _hungUp = false;
        return true;
    }

    /// <summary>
    /// After a hang-up: closes this side and waits for the host to open the port again. False when it never will: a device unplugs a port
    /// that its guest closed and whose input is over for good.
    /// </summary>
    public async GuestTask<bool> WaitForReconnection()
    {
        await Close();
        while (!IsGone)
        {
            if (HostConnected)
            {
                await Announce();
                return true;
            }

            await _driver.WaitForEvent();
        }

        return false;
    }

    internal async GuestTask Announce()
    {
        if (GuestOpen)
            return;
        GuestOpen = true;
        await _driver.SendPortOpen(this);
    }

    internal void Add() => IsPresent = true;

    internal void Remove()
    {
        _hungUp |= HostConnected;
        IsPresent = false;
        HostConnected = false;
        GuestOpen = false;
        IsConsole = false;
        Name = "";
    }

    internal void SetHostConnected(bool connected)
    {
        _hungUp |= HostConnected && !connected;
        HostConnected = connected;
    }

    private void Reap()
    {
        if (_transmit is not null)
        {
            _transmit.Reap(TransmitQueue);
            return;
        }

        while (TransmitQueue.TryTakeUsed(out _, out _))
        {
        }
    }

    private ulong ReceiveBufferAt(int index) => _receiveBuffers + ((ulong)index * (ulong)_receiveSize);

    private bool TryReadNow(Span<byte> destination, out int count)
    {
        while (_current < 0)
        {
            count = 0;
            if (!ReceiveQueue.TryTakeUsed(out var token, out var length))
                return false;
            if (length == 0)
            {
                Repost(token);
                continue;
            }

            (_current, _currentAt, _currentLength) = (token, 0, (int)length);
        }

        count = Math.Min(destination.Length, _currentLength - _currentAt);
        _driver.Cpu.Memory.TryRead(ReceiveBufferAt(_current) + (ulong)_currentAt, destination[..count]);
        _currentAt += count;
        if (_currentAt == _currentLength)
        {
            Repost(_current);
            _current = -1;
        }

        return true;
    }

    private void Repost(int token) => ReceiveQueue.TryAdd(ReceiveBufferAt(token), (uint)_receiveSize, true, token);

    /// <summary>Buffers that writes are copied to, and which of them are on their way. A chain's token is the complement of its first buffer's index: a program's own tokens are not negative.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Made by the port.")]
    private sealed class TransmitBuffers
    {
        private readonly int _size;
        private readonly ulong _base;
        private readonly int[] _next;
        private int _free;

        public TransmitBuffers(GuestHeap heap, DriverOptions options, int queueSize)
        {
            _size = options.TransmitBufferSize;
            _next = new int[Math.Min(options.TransmitBuffers, queueSize)];
            _base = heap.Allocate(_next.Length * _size);
            for (var i = 0; i < _next.Length; i++)
                _next[i] = i + 1 < _next.Length ? i + 1 : -1;
        }

        /// <summary>Takes back what the device is done with.</summary>
        public void Reap(DriverVirtqueue queue)
        {
            while (queue.TryTakeUsed(out var token, out _))
            {
                // A program that used the queue by itself may have left chains of its own behind.
                if (token >= 0)
                    continue;
                var first = ~token;
                var last = first;
                while (_next[last] >= 0)
                    last = _next[last];
                _next[last] = _free;
                _free = first;
            }
        }

        /// <summary>Copies as much as free buffers, descriptors and the limit of a chain allow, and adds it as one chain. Returns the bytes.</summary>
        public int Queue(DriverVirtqueue queue, IGuestMemory memory, ReadOnlySpan<byte> data)
        {
            Span<GuestSegment> segments = stackalloc GuestSegment[DriverVirtqueue.MaxIndirectSegments];
            var limit = Math.Min(segments.Length, queue.FreeDescriptors);
            var (count, taken, first, last) = (0, 0, _free, -1);
            var rest = data[..Math.Min(data.Length, MaxChainBytes)];
            while (taken < rest.Length && _free >= 0 && count < limit)
            {
                var piece = rest.Slice(taken, Math.Min(_size, rest.Length - taken));
                var address = _base + ((ulong)_free * (ulong)_size);
                memory.TryWrite(address, piece);
                segments[count++] = new(address, (uint)piece.Length, false);
                taken += piece.Length;
                last = _free;
                _free = _next[_free];
            }

            if (count == 0)
                return 0;
            _next[last] = -1;
            queue.TryAdd(segments[..count], ~first);
            return taken;
        }
    }
}
