using System.Buffers.Binary;
using System.Text;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Virtio console device (virtio 1.2 clause 5.3), the device side.
/// <list type="table">
/// <item><term>Queues</term><description>receive and transmit of port 0; control receive and transmit; receive and transmit of ports 1-15. 64 entries each.
/// Without MULTIPORT negotiated: only the first two.</description></item>
/// <item><term>Features</term><description>F_SIZE, F_MULTIPORT, F_EMERG_WRITE.</description></item>
/// <item><term>Configuration</term><description>cols, rows (of port 0; 80 x 25 until told otherwise), max_nr_ports, emerg_wr (write only: the low byte goes to port 0's backend,
/// in any status).</description></item>
/// <item><term>Control, to the guest</term><description>DEVICE_ADD, DEVICE_REMOVE, CONSOLE_PORT, RESIZE, PORT_OPEN, PORT_NAME. One of each kind a port waits at most; the last state
/// wins; a message waits for a buffer that is long enough.</description></item>
/// <item><term>Control, from the guest</term><description>DEVICE_READY, PORT_READY, PORT_OPEN. Everything else is counted.</description></item>
/// <item><term>Transmit</term><description>A chain comes back when the port's policy accepted its bytes. Whether the guest opened the port doesn't matter: what it sends goes out. A chain with
/// a writable part sends nothing; on a removed port nothing is sent, and the bytes are counted.</description></item>
/// <item><term>Receive</term><description>Input is read only when chains have room for it and the guest has the port open (port 0 without MULTIPORT: always). A chain with a
/// readable part comes back empty.</description></item>
/// <item><term>Unplugging</term><description>A port whose backend's input is over for good is unplugged when its guest closed it too; so a guest can tell a peer that left from an
/// end. It is there again after a reset.</description></item>
/// <item><term>Reset</term><description>Bytes that a backend took stay; bytes on their way to it, whose buffers never came back, are dropped and counted by the port;
/// input that the guest didn't get waits for the next epoch.</description></item>
/// <item><term>Not supported</term><description>IN_ORDER, packed rings. Nothing of the specification's clause 5.3.</description></item>
/// </list>
/// </summary>
internal sealed class VirtioConsole : IVirtioDevice
{
    /// <summary>Stream bytes on their way to a port, at most.</summary>
    public const int WindowBytes = 1024 * 1024;

    /// <summary>Bytes of one message to a port, at most.</summary>
    public const int MessageBytes = 256 * 1024;

    /// <summary>Emergency writes on their way, at most; more are dropped and counted.</summary>
    public const int EmergencyWindow = 64;

    /// <summary>Bytes of a port's name, at most.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Grants to one port on their way, at most.</summary>
    private const int MaxUnanswered = 8;

    private readonly ConsolePort[] _ports;
    private readonly VmId _vm;
    private readonly PathTrace? _trace;
    private IConsolePorts _actors = null!;
    private IVirtioHost? _host;
    private byte[]? _emergency;
    private long _emergencySent;
    private long _emergencyTaken;
    private ushort _cols = 80;
    private ushort _rows = 25;
    private bool _isGuestReady;
    private uint _probe;
    private bool _probing;
    private ulong _progress;
    private ulong _progressSeen;

    /// <summary>Makes the device. <paramref name="isHostOpen"/> says of each port whether somebody is at its backend's end now.</summary>
    public VirtioConsole(VmId vm, ConsoleDeviceSpec spec, ReadOnlySpan<bool> isHostOpen, PathTrace? trace)
    {
        _vm = vm;
        _trace = trace;
        _ports = new ConsolePort[spec.Ports.Length];
        for (var i = 0; i < _ports.Length; i++)
            _ports[i] = new ConsolePort(i, Encoding.UTF8.GetBytes(spec.Ports[i].Name), spec.Ports[i].IsConsole, isHostOpen[i]);
    }

    /// <inheritdoc/>
    public ushort DeviceType => VirtioConsoleSpec.DeviceType;

    /// <inheritdoc/>
    public uint ClassCode => 0x07_80_00;

    /// <inheritdoc/>
    public ulong Features => VirtioConsoleSpec.FeatureSize | VirtioConsoleSpec.FeatureMultiport | VirtioConsoleSpec.FeatureEmergencyWrite;

    /// <inheritdoc/>
    public int QueueCount => VirtioConsoleSpec.QueueCount(_ports.Length, multiport: true);

    /// <inheritdoc/>
    public int ConfigLength => VirtioConsoleSpec.ConfigSize;

    /// <summary>Messages of an earlier epoch, and repeated ones.</summary>
    public long Stale { get; private set; }

    /// <summary>Emergency writes dropped, since too many were on their way.</summary>
    public long EmergencyDropped { get; private set; }

    /// <summary>True while a port owes an answer.</summary>
    public bool IsOutstanding
    {
        get
        {
            var outstanding = _emergencyTaken < _emergencySent;
            foreach (var port in _ports)
                outstanding |= IsPortOutstanding(port);
            return outstanding;
        }
    }

    private bool IsMultiport => _host is { } host && (host.NegotiatedFeatures & VirtioConsoleSpec.FeatureMultiport) != 0;

    /// <summary>Where the ports are, before the guest can reach the device.</summary>
    public void Begin(IConsolePorts actors) => _actors = actors;

    /// <summary>The transport, before the guest can reach either.</summary>
    public void Attach(IVirtioHost host) => _host = host;

    /// <summary>What the guest did wrong on control and data queues, counted.</summary>
    public GuestFaultLedger Faults { get; } = new();

    /// <summary>What the device knows of a port.</summary>
    public ConsolePort Port(int index) => _ports[index];

    /// <inheritdoc/>
    public int QueueSizeOf(int queue, ulong features) =>
        queue < 2 || (features & VirtioConsoleSpec.FeatureMultiport) != 0 ? VirtioConsoleSpec.QueueSize : 0;

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> destination)
    {
        Span<byte> config = stackalloc byte[VirtioConsoleSpec.ConfigSize];
        config.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(config[VirtioConsoleSpec.ConfigCols..], _cols);
        BinaryPrimitives.WriteUInt16LittleEndian(config[VirtioConsoleSpec.ConfigRows..], _rows);
        BinaryPrimitives.WriteInt32LittleEndian(config[VirtioConsoleSpec.ConfigMaxPorts..], _ports.Length);
        config.Slice(offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        // Only the low byte of emerg_wr is a character; the rest of the configuration is read only.
        if (offset <= VirtioConsoleSpec.ConfigEmergencyWrite && offset + source.Length > VirtioConsoleSpec.ConfigEmergencyWrite)
            EmergencyWrite(source[VirtioConsoleSpec.ConfigEmergencyWrite - offset]);
        else
            Count(GuestFaultKind.RegisterAccess, -1, (ulong)offset);
    }

    /// <inheritdoc/>
    public void Activate(IVirtioHost host)
    {
        _host = host;
        foreach (var port in _ports)
        {
            // What was made available before DRIVER_OK has had no kick that counted.
            PumpTransmit(port);
            PumpReceive(port);
        }

        if (!IsMultiport)
            return;
        ReceiveControl();
        SendControl();
    }

    /// <inheritdoc/>
    public void Notify(int queue)
    {
        if (queue is VirtioConsoleSpec.ControlReceive or VirtioConsoleSpec.ControlTransmit)
        {
            if (!IsMultiport)
                Count(GuestFaultKind.SpuriousKick, queue);
            else if (queue == VirtioConsoleSpec.ControlTransmit)
                NotifyControlTransmit();
            else
                NotifyControlReceive();
            return;
        }

        var index = queue < 2 ? 0 : (queue - 2) / 2;
        if (index > 0 && !IsMultiport)
        {
            Count(GuestFaultKind.SpuriousKick, queue);
            return;
        }

        if ((queue & 1) == 0)
        {
            _trace?.Record(new PathStep(PathHop.NotifyRx, _vm, -1, 0, default, queue));
            PumpReceive(_ports[index]);
        }
        else
        {
            _trace?.Record(new PathStep(PathHop.NotifyTx, _vm, -1, 0, default, queue));
            PumpTransmit(_ports[index]);
        }
    }

    /// <inheritdoc/>
    public void QueueReset(int queue)
    {
        if (queue is VirtioConsoleSpec.ControlReceive or VirtioConsoleSpec.ControlTransmit)
            return;
        var port = _ports[queue < 2 ? 0 : (queue - 2) / 2];
        if ((queue & 1) == 0)
            port.Receive.Reset();
        else
            BeginEpoch(port);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _isGuestReady = false;
        Faults.BeginEpoch();
        foreach (var port in _ports)
        {
            port.IsAnnounced = false;
            port.IsGuestReady = false;
            port.IsGuestOpen = false;
            port.Pending = ControlEvents.None;
            port.Receive.Reset();

            // A port that was used up is an output still for the next driver.
            port.IsPlugged |= port.IsInputOver;
            BeginEpoch(port);
        }
    }

    /// <summary>A port's counters.</summary>
    public void Take(int index, PortHop.Status status)
    {
        var port = _ports[index];
        if (status.Revision <= port.Revision)
        {
            Stale++;
            return;
        }

        port.Revision = status.Revision;
        Answered(port);
        if (status.EmergencyTaken > _emergencyTaken || status.Grant > port.Receive.GrantSeen || (status.Epoch == port.Epoch && status.Accepted > port.Transmit.Accepted))
            _progress++;
        _emergencyTaken = index == 0 ? Math.Max(_emergencyTaken, status.EmergencyTaken) : _emergencyTaken;
        port.Receive.GrantSeen = Math.Max(port.Receive.GrantSeen, status.Grant);
        TakeOpenState(port, status);
        if (status.Epoch != port.Epoch)
        {
            Stale++;
            return;
        }

        port.Transmit.Accept(status.Accepted);
        if (_probing && status.Probe == _probe && status.Received < port.Transmit.Sent)
        {
            // The answer to a question that was asked behind all writes: what it doesn't count is lost.
            foreach (var write in port.Transmit.From(status.Received))
                _actors.Send(index, write);
        }

        PumpTransmit(port);
    }

    /// <summary>Input of a port.</summary>
    public void Take(int index, PortHop.Input input)
    {
        var port = _ports[index];
        var receive = port.Receive;
        if (input.Epoch != port.Epoch || input.Number != receive.Grant)
        {
            Stale++;
            if (input.Epoch == port.Epoch && input.Offset + input.Length <= receive.Delivered)
                Grant(port, again: true);
            return;
        }

        Answered(port);
        _progress++;
        receive.GrantSeen = input.Number;
        var skip = receive.Delivered - input.Offset;
        if (skip >= 0 && skip < input.Length)
            Deliver(port, input.Bytes.AsSpan(input.Start + (int)skip, input.Length - (int)skip));
        receive.EndGrant(input.Length);
        TakeReceiveChains(port);

        // Also without credit: it says what was delivered.
        Grant(port, again: false);
    }

    /// <summary>Goes on where a share of work was used up.</summary>
    public void Resume()
    {
        if (_host is { IsActive: true } host)
            Activate(host);
    }

    /// <summary>Asks again where an answer is owed and nothing has moved since the last call; false when none is.</summary>
    public bool Repeat()
    {
        if (!IsOutstanding)
            return false;
        if (_progressSeen != _progress)
        {
            _progressSeen = _progress;
            return true;
        }

        _probe++;
        _probing = true;
        foreach (var port in _ports)
        {
            if (!IsPortOutstanding(port))
                continue;
            port.Unanswered = 0;
            Grant(port, again: true);
        }

        for (var number = _emergencyTaken + 1; number <= _emergencySent; number++)
            _actors.Send(0, new PortHop.Emergency(number, _emergency![number % EmergencyWindow]));
        return true;
    }

    /// <summary>A console's size changed: port 0's stands in the configuration, and a multiport driver hears of every port's by RESIZE.</summary>
    public void Resize(int index, ushort cols, ushort rows)
    {
        var port = _ports[index];
        port.Size = (cols, rows);
        if (index == 0)
        {
            _cols = cols;
            _rows = rows;
            _host?.SignalConfigChange();
        }

        if (port.IsConsole && port.IsGuestReady)
            Post(port, ControlEvents.Resize);
    }

    /// <summary>Adds to a closed port's report what its bytes met before they came to the port.</summary>
    public PortReport Complete(int index, PortReport report)
    {
        var lost = _ports[index].SentToNobody + (index == 0 ? EmergencyDropped : 0);
        return report with { FromGuest = report.FromGuest + lost, Dropped = report.Dropped + lost };
    }

    /// <summary>The host side takes a port away.</summary>
    public void Unplug(int index)
    {
        var port = _ports[index];
        if (!port.IsPlugged)
            return;
        port.IsPlugged = false;
        port.IsGuestReady = false;
        port.IsGuestOpen = false;

        // An addition that the guest never heard of needs no removal.
        port.Pending &= ControlEvents.Remove;
        if (port.IsAnnounced)
            Post(port, ControlEvents.Remove);
        PumpTransmit(port);
    }

    /// <summary>The host side brings a port (back).</summary>
    public void Plug(int index)
    {
        var port = _ports[index];
        if (port.IsPlugged)
            return;
        port.IsPlugged = true;
        if (_isGuestReady)
            Post(port, ControlEvents.Add);
    }

    private static bool IsPortOutstanding(ConsolePort port) =>
        port.Transmit.IsOutstanding || port.Receive.GrantSeen < port.Receive.Grant;

    private void NotifyControlTransmit()
    {
        _trace?.Record(new PathStep(PathHop.NotifyTx, _vm, -1, 0, default, VirtioConsoleSpec.ControlTransmit));
        ReceiveControl();
    }

    private void NotifyControlReceive()
    {
        _trace?.Record(new PathStep(PathHop.NotifyRx, _vm, -1, 0, default, VirtioConsoleSpec.ControlReceive));
        SendControl();
    }

    private void Count(GuestFaultKind kind, int queue, ulong value = 0)
    {
        var fault = new GuestFault(kind, queue, value);
        if (Faults.Add(fault))
            _actors.Report(fault);
    }

    private void Answered(ConsolePort port)
    {
        port.Unanswered = 0;
        if (port.IsGrantDue)
            Grant(port, again: true);
    }

    private void BeginEpoch(ConsolePort port)
    {
        port.Transmit.Reset();
        port.Epoch++;

        // Tells the port at once: what its backend has not taken by then is dropped.
        Grant(port, again: false);
    }

    // ---- Guest to backend.

    private void PumpTransmit(ConsolePort port)
    {
        if (_host is not { IsActive: true } host)
            return;
        var queue = host.Queue(VirtioConsoleSpec.TransmitQueueOf(port.Index));
        if (!queue.IsReady)
            return;

        var transmit = port.Transmit;
        var isAlive = CompleteTransmit(host, queue, transmit);
        if (isAlive && (transmit.Current is not null || transmit.Room > 0))
        {
            queue.DisableKicks();
            isAlive = ReadChains(host, queue, port);
            transmit.EndBatches();
            if (isAlive)
                isAlive = CompleteTransmit(host, queue, transmit);
        }

        if (isAlive)
            host.SignalUsed(queue);
        if (transmit.IsOutstanding)
            _actors.Watch();
    }

    /// <summary>Takes chains while the window has room. False when the device broke.</summary>
    private bool ReadChains(IVirtioHost host, Virtqueue queue, ConsolePort port)
    {
        var transmit = port.Transmit;
        for (var share = queue.Size; ;)
        {
            if (transmit.Current is null)
            {
                if (transmit.Room <= 0)
                {
                    // Kicks stay off: the port's answer goes on.
                    SendBatch(port);
                    return true;
                }

                if (share-- == 0)
                {
                    SendBatch(port);
                    _actors.YieldTurn();
                    return true;
                }

                var pop = queue.TryPop(out var chain, out var fault);
                if (pop == VirtqueuePop.Broken)
                {
                    SendBatch(port);
                    host.Fail(fault);
                    return false;
                }

                if (pop == VirtqueuePop.Empty)
                {
                    if (queue.EnableKicks())
                    {
                        queue.DisableKicks();
                        continue;
                    }

                    SendBatch(port);
                    return true;
                }

                Admit(port, chain);
                continue;
            }

            var count = transmit.ReadCurrent();
            if (count < 0)
            {
                SendBatch(port);
                host.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue.Index));
                return false;
            }

            if (transmit.Current.ReadableLeft == 0)
            {
                transmit.Await(transmit.Current);
                transmit.Current = null;
            }

            if (transmit.IsBatchFull || transmit.Room <= 0)
            {
                SendBatch(port);
                if (transmit.Room <= 0)
                    return true;
            }
        }
    }

    private void Admit(ConsolePort port, DescriptorChain chain)
    {
        if (chain.WritableLength > 0)
        {
            Count(GuestFaultKind.WrongDirection, VirtioConsoleSpec.TransmitQueueOf(port.Index));
            port.Transmit.Await(chain);
        }
        else if (!port.IsPlugged)
        {
            port.SentToNobody += (long)Math.Min(chain.ReadableLength, long.MaxValue / 2);
            port.Transmit.Await(chain);
        }
        else if (chain.ReadableLength == 0)
        {
            port.Transmit.Await(chain);
        }
        else
        {
            port.Transmit.Current = chain;
        }
    }

    private void SendBatch(ConsolePort port)
    {
        if (port.Transmit.TakeBatch(port.Epoch) is { } write)
            _actors.Send(port.Index, write);
    }

    private bool CompleteTransmit(IVirtioHost host, Virtqueue queue, ConsoleTransmit transmit)
    {
        var count = 0;
        while (transmit.TryComplete(out var chain))
        {
            if (!Push(host, queue, chain, 0))
                return false;
            count++;
        }

        TraceEndChains(queue, count);
        return true;
    }

    private static bool Push(IVirtioHost host, Virtqueue queue, DescriptorChain chain, uint written)
    {
        if (queue.Push(chain, written))
            return true;
        host.Fail(new GuestFault(GuestFaultKind.RingOutsideRam, queue.Index));
        return false;
    }

    private void TraceEndChains(Virtqueue queue, int count)
    {
        if (count > 0)
            _trace?.Record(new PathStep(PathHop.EndChains, _vm, -1, 0, default, queue.Index));
    }

    private void EmergencyWrite(byte value)
    {
        if (_emergencySent - _emergencyTaken >= EmergencyWindow)
        {
            EmergencyDropped++;
            return;
        }

        _emergency ??= new byte[EmergencyWindow];
        _emergencySent++;
        _emergency[_emergencySent % EmergencyWindow] = value;
        _actors.Send(0, new PortHop.Emergency(_emergencySent, value));
        _actors.Watch();
    }

    // ---- Backend to guest.

    private bool MayReceive(ConsolePort port) => _host is { IsActive: true } && port.IsPlugged && (!IsMultiport ? port.Index == 0 : port.IsGuestOpen);

    private void PumpReceive(ConsolePort port)
    {
        if (!MayReceive(port))
            return;
        TakeReceiveChains(port);
        if (port.Receive.Granted == 0 && port.Receive.Capacity > 0 && _host!.IsActive)
            Grant(port, again: false);
    }

    private void TakeReceiveChains(ConsolePort port)
    {
        if (!MayReceive(port))
            return;
        var host = _host!;
        var queue = host.Queue(VirtioConsoleSpec.ReceiveQueueOf(port.Index));
        if (!queue.IsReady || !port.Receive.WantsMore)
            return;

        queue.DisableKicks();
        var share = queue.Size;
        while (port.Receive.WantsMore)
        {
            if (share-- == 0)
            {
                _actors.YieldTurn();
                break;
            }

            var pop = queue.TryPop(out var chain, out var fault);
            if (pop == VirtqueuePop.Broken)
            {
                host.Fail(fault);
                return;
            }

            if (pop == VirtqueuePop.Empty)
            {
                if (!queue.EnableKicks())
                    break;
                queue.DisableKicks();
                continue;
            }

            if (chain.ReadableLength == 0 && chain.WritableLength > 0)
            {
                port.Receive.Hold(chain);
                continue;
            }

            if (chain.ReadableLength > 0)
                Count(GuestFaultKind.WrongDirection, queue.Index);
            if (!Push(host, queue, chain, 0))
                return;
        }

        host.SignalUsed(queue);
    }

    private void Deliver(ConsolePort port, ReadOnlySpan<byte> input)
    {
        if (!MayReceive(port))
            return;
        var host = _host!;
        var queue = host.Queue(VirtioConsoleSpec.ReceiveQueueOf(port.Index));
        var pushed = 0;
        while (!input.IsEmpty)
        {
            var count = port.Receive.Deliver(input, out var filled);
            if (count < 0)
            {
                host.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue.Index));
                return;
            }

            if (filled is null)
                break;
            if (!Push(host, queue, filled, (uint)count))
                return;
            pushed++;
            input = input[count..];
        }

        TraceEndChains(queue, pushed);
        host.SignalUsed(queue);
    }

    /// <summary>Tells the port what it may send, what arrived, and which epoch it is.</summary>
    private void Grant(ConsolePort port, bool again)
    {
        var receive = port.Receive;
        if (!again)
            receive.BeginGrant(MayReceive(port) ? (int)Math.Min(receive.Capacity, PortInput.MaxHeld) : 0);
        _actors.Watch();

        // A guest that resets its device without end must not fill a mailbox: the latest grant goes when the port has answered.
        port.IsGrantDue = port.Unanswered == MaxUnanswered;
        if (port.IsGrantDue)
            return;
        port.Unanswered++;
        _actors.Send(port.Index, new PortHop.Grant(port.Epoch, receive.Grant, receive.Delivered, receive.Granted, _probe, port.OpenChange));
    }

    private void TakeOpenState(ConsolePort port, PortHop.Status status)
    {
        port.OpenChange = Math.Max(port.OpenChange, status.OpenChange);
        port.IsInputOver |= status.IsInputOver;
        if (port.IsHostOpen != status.IsOpen)
        {
            port.IsHostOpen = status.IsOpen;
            if (port.IsGuestReady)
                Post(port, ControlEvents.Open);
        }

        // So that the port knows that it was heard; it changes no credit.
        if (status.OpenSeen < port.OpenChange)
            Grant(port, again: true);
    }

    // ---- Control.

    private void Post(ConsolePort port, ControlEvents events)
    {
        port.Pending |= events;
        SendControl();
    }

    private void ReceiveControl()
    {
        if (_host is not { IsActive: true } host)
            return;
        var queue = host.Queue(VirtioConsoleSpec.ControlTransmit);
        if (!queue.IsReady)
            return;

        Span<byte> message = stackalloc byte[VirtioConsoleSpec.ControlSize];
        for (var share = queue.Size; ;)
        {
            if (share-- == 0)
            {
                _actors.YieldTurn();
                break;
            }

            var pop = queue.TryPop(out var chain, out var fault);
            if (pop == VirtqueuePop.Broken)
            {
                host.Fail(fault);
                return;
            }

            if (pop == VirtqueuePop.Empty)
            {
                if (queue.EnableKicks())
                    continue;
                break;
            }

            var isMessage = false;
            if (chain.WritableLength > 0)
                Count(GuestFaultKind.WrongDirection, queue.Index);
            else if (chain.ReadableLength < VirtioConsoleSpec.ControlSize)
                Count(GuestFaultKind.ControlTooShort, queue.Index);
            else
                isMessage = chain.Read(message) == VirtioConsoleSpec.ControlSize;
            if (!Push(host, queue, chain, 0))
                return;
            if (isMessage)
                TakeControl(message);
            if (!host.IsActive)
                return;
        }

        host.SignalUsed(queue);
    }

    private void TakeControl(ReadOnlySpan<byte> message)
    {
        var id = BinaryPrimitives.ReadUInt32LittleEndian(message);
        var kind = BinaryPrimitives.ReadUInt16LittleEndian(message[4..]);
        var value = BinaryPrimitives.ReadUInt16LittleEndian(message[6..]);
        _trace?.Record(new PathStep(PathHop.ControlTx, _vm, -1, 0, default, id, NameOf(kind)));

        if (kind == VirtioConsoleSpec.DeviceReady)
        {
            TakeDeviceReady(value != 0);
            return;
        }

        if (kind is not (VirtioConsoleSpec.PortReady or VirtioConsoleSpec.PortOpen))
        {
            Count(GuestFaultKind.ControlUnknownEvent, VirtioConsoleSpec.ControlTransmit, kind);
            return;
        }

        if (id >= (uint)_ports.Length || !_ports[id].IsAnnounced || !_ports[id].IsPlugged)
        {
            Count(GuestFaultKind.ControlUnknownPort, VirtioConsoleSpec.ControlTransmit, id);
            return;
        }

        if (kind == VirtioConsoleSpec.PortReady)
            TakePortReady(_ports[id], value != 0);
        else
            TakePortOpen(_ports[id], value != 0);
    }

    private void TakeDeviceReady(bool isReady)
    {
        _isGuestReady = isReady;
        if (!isReady)
            return;

        // A port that the guest knows is not added again (clause 5.3.6.2.1).
        foreach (var port in _ports)
        {
            if (port is { IsPlugged: true, IsAnnounced: false })
                port.Pending |= ControlEvents.Add;
        }

        SendControl();
    }

    private void TakePortReady(ConsolePort port, bool isReady)
    {
        port.IsGuestReady = isReady;
        if (!isReady)
        {
            port.IsGuestOpen = false;
            port.Pending = ControlEvents.None;
            return;
        }

        var events = ControlEvents.Name | ControlEvents.Open;
        if (port.IsConsole)
            events |= ControlEvents.Console | (port.Size is null ? ControlEvents.None : ControlEvents.Resize);
        Post(port, events);
    }

    private void TakePortOpen(ConsolePort port, bool isOpen)
    {
        port.IsGuestOpen = isOpen;
        if (isOpen)
            PumpReceive(port);
        else if (port.IsInputOver)
            Unplug(port.Index);
    }

    private void SendControl()
    {
        if (!_isGuestReady || _host is not { IsActive: true } host)
            return;
        var queue = host.Queue(VirtioConsoleSpec.ControlReceive);
        if (!queue.IsReady)
            return;

        queue.DisableKicks();
        var share = queue.Size;
        foreach (var port in _ports)
        {
            while (port.Pending != ControlEvents.None)
            {
                var pop = queue.TryPop(out var chain, out var fault);
                if (pop == VirtqueuePop.Broken)
                {
                    host.Fail(fault);
                    return;
                }

                if (pop == VirtqueuePop.Empty)
                {
                    if (!queue.EnableKicks())
                    {
                        host.SignalUsed(queue);
                        return;
                    }

                    queue.DisableKicks();
                    continue;
                }

                if (!SendControl(host, queue, port, chain))
                    return;
                if (--share == 0)
                {
                    _actors.YieldTurn();
                    host.SignalUsed(queue);
                    return;
                }
            }
        }

        host.SignalUsed(queue);
    }

    /// <summary>Sends a port's next message into a chain; one that can't hold it comes back empty, and the message waits for another.</summary>
    private bool SendControl(IVirtioHost host, Virtqueue queue, ConsolePort port, DescriptorChain chain)
    {
        Span<byte> message = stackalloc byte[VirtioConsoleSpec.ControlSize + MaxNameBytes];
        var next = (ControlEvents)((int)port.Pending & -(int)port.Pending);
        message = message[..Compose(port, next, message)];
        if (chain.ReadableLength > 0)
        {
            Count(GuestFaultKind.WrongDirection, queue.Index);
            return Push(host, queue, chain, 0);
        }

        if (chain.WritableLength < (uint)message.Length)
        {
            Count(GuestFaultKind.ControlTooShort, queue.Index);
            return Push(host, queue, chain, 0);
        }

        if (chain.Write(message) < 0)
        {
            host.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue.Index));
            return false;
        }

        port.Pending &= ~next;
        if (next is ControlEvents.Add or ControlEvents.Remove)
            port.IsAnnounced = next == ControlEvents.Add;
        _trace?.Record(new PathStep(PathHop.ControlSend, _vm, -1, 0, default, port.Index, NameOf(BinaryPrimitives.ReadUInt16LittleEndian(message[4..]))));
        return Push(host, queue, chain, (uint)message.Length);
    }

    private static int Compose(ConsolePort port, ControlEvents which, Span<byte> message)
    {
        var (kind, value) = which switch
        {
            ControlEvents.Remove => (VirtioConsoleSpec.DeviceRemove, 1),
            ControlEvents.Add => (VirtioConsoleSpec.DeviceAdd, 1),
            ControlEvents.Console => (VirtioConsoleSpec.ConsolePort, 1),
            ControlEvents.Name => (VirtioConsoleSpec.PortName, 1),
            ControlEvents.Open => (VirtioConsoleSpec.PortOpen, port.IsHostOpen ? 1 : 0),
            _ => (VirtioConsoleSpec.Resize, 1),
        };
        BinaryPrimitives.WriteInt32LittleEndian(message, port.Index);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], kind);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], (ushort)value);
        var payload = message[VirtioConsoleSpec.ControlSize..];
        switch (which)
        {
            case ControlEvents.Name:
                port.Name.CopyTo(payload);
                return VirtioConsoleSpec.ControlSize + port.Name.Length;
            case ControlEvents.Resize:
                BinaryPrimitives.WriteUInt16LittleEndian(payload, port.Size!.Value.Cols);
                BinaryPrimitives.WriteUInt16LittleEndian(payload[2..], port.Size.Value.Rows);
                return VirtioConsoleSpec.ControlSize + 4;
            default:
                return VirtioConsoleSpec.ControlSize;
        }
    }

    private static string NameOf(ushort kind) => kind switch
    {
        VirtioConsoleSpec.DeviceReady => "DEVICE_READY",
        VirtioConsoleSpec.DeviceAdd => "DEVICE_ADD",
        VirtioConsoleSpec.DeviceRemove => "DEVICE_REMOVE",
        VirtioConsoleSpec.PortReady => "PORT_READY",
        VirtioConsoleSpec.ConsolePort => "CONSOLE_PORT",
        VirtioConsoleSpec.Resize => "RESIZE",
        VirtioConsoleSpec.PortOpen => "PORT_OPEN",
        VirtioConsoleSpec.PortName => "PORT_NAME",
        _ => "unknown",
    };
}
