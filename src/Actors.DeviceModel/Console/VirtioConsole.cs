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
internal sealed partial class VirtioConsole : DeviceCore, IVirtioDevice
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

    private readonly ConsoleDeviceSpec _spec;
    private readonly ConsolePort[] _ports;
    private readonly VmId _vm;
    private readonly Bdf _function;
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
        _spec = spec;
        _function = spec.Function;
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
    public override int QueueCount => VirtioConsoleSpec.QueueCount(_ports.Length, multiport: true);

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

    /// <summary>Whether the port of this queue is to answer for what was sent to it.</summary>
    public override bool OwesAnswer(int queue) =>
        queue != VirtioConsoleSpec.ControlTransmit && (queue & 1) != 0 && _ports[queue < 2 ? 0 : (queue - 2) / 2].Transmit.IsOutstanding;

    /// <inheritdoc/>
    public override PciFunction Connect(in DeviceWiring wiring)
    {
        var pci = new VirtioPciFunction(this, _spec.Transport, wiring.Memory, wiring.Host, wiring.Interrupt, _spec.Ioeventfd, _vm, wiring.Parts);
        Attach(pci);
        Begin(wiring.Effects);
        return pci;
    }

    /// <summary>Where the ports are, before the guest can reach the device.</summary>
    public void Begin(IConsolePorts actors) => _actors = actors;

    /// <summary>The transport, before the guest can reach either.</summary>
    public void Attach(IVirtioHost host) => _host = host;

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
        TouchAll();
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
        TouchAll();
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
            TouchAll();
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

        Touch(index);
        if ((queue & 1) == 0)
        {
            _trace?.Record(new PathStep(PathHop.NotifyRx, _vm, -1, 0, default, queue, Device: _function));
            PumpReceive(_ports[index]);
        }
        else
        {
            _trace?.Record(new PathStep(PathHop.NotifyTx, _vm, -1, 0, default, queue, Device: _function));
            PumpTransmit(_ports[index]);
        }
    }

    /// <inheritdoc/>
    public void QueueReset(int queue)
    {
        TouchAll();
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
        TouchAll();
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
            port.IsPlugged |= port.IsOver;
            BeginEpoch(port);
        }
    }

    /// <summary>A port's counters.</summary>
    public override void Take(int index, PortHop.Status status)
    {
        var port = _ports[index];
        Touch(index);
        if (status.Incarnation != _incarnation || status.Revision <= port.Revision)
        {
            Stale++;
            return;
        }

        port.Revision = status.Revision;
        port.Counts = status.Counts;
        port.CountsEpoch = status.Epoch;
        if (!port.IsAttached)
            Attach(port, status);
        Answered(port);
        if (status.EmergencyTaken > _emergencyTaken || status.Grant > port.Receive.GrantSeen || (status.Epoch == port.Epoch && status.Accepted > port.Transmit.Accepted))
            _progress++;
        _emergencyTaken = index == 0 ? Math.Max(_emergencyTaken, status.EmergencyTaken) : _emergencyTaken;
        port.Receive.GrantSeen = Math.Max(port.Receive.GrantSeen, status.Grant);
        TakeOpenState(port, status);
        port.EpochSeen = Math.Max(port.EpochSeen, status.Epoch);
        if (status.Epoch != port.Epoch)
        {
            Stale++;
            return;
        }

        port.Transmit.Accept(status.Accepted);
        var isReborn = status.Lives != port.Lives;
        port.Lives = status.Lives;
        if (((_probing && status.Probe == _probe) || isReborn) && status.Received < port.Transmit.Sent)
        {
            // The answer to a question that was asked behind all writes: what it doesn't count is lost. And a port that crashed lost what it had in hand.
            foreach (var write in port.Transmit.From(status.Received))
                _actors.Send(index, write);
        }

        PumpTransmit(port);
    }

    /// <summary>Input of a port.</summary>
    public override void Take(int index, PortHop.Input input)
    {
        var port = _ports[index];
        var receive = port.Receive;
        Touch(index);
        if (!port.IsAttached || input.Incarnation != _incarnation)
        {
            Stale++;
            return;
        }

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
    public override void Resume()
    {
        if (_host is { IsActive: true } host)
            Activate(host);
    }

    /// <summary>Asks again where an answer is owed and nothing has moved since the last call; false when none is.</summary>
    public override bool Repeat()
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
            Touch(port.Index);
            port.Unanswered = 0;
            Grant(port, again: true);
        }

        for (var number = _emergencyTaken + 1; number <= _emergencySent; number++)
            _actors.Send(0, new PortHop.Emergency(number, _emergency![number % EmergencyWindow], _incarnation));
        return true;
    }

    /// <summary>A console's size changed: port 0's stands in the configuration, and a multiport driver hears of every port's by RESIZE.</summary>
    public override void Resize(int index, ushort cols, ushort rows)
    {
        var port = _ports[index];
        if (port.Size == (cols, rows))
            return;
        Touch(index);
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
    public override PortReport Complete(int index, PortReport report)
    {
        var lost = _ports[index].Transmit.SentToNobody + (index == 0 ? EmergencyDropped : 0);
        return report with { FromGuest = report.FromGuest + lost, Dropped = report.Dropped + lost };
    }

    /// <inheritdoc/>
    public override long DeliveredBy(int port) => _ports[port].Receive.Delivered;

    /// <summary>The host side takes a port away.</summary>
    public void Unplug(int index)
    {
        TouchAll();
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
        TouchAll();
        var port = _ports[index];
        if (port.IsPlugged)
            return;
        port.IsPlugged = true;
        if (_isGuestReady)
            Post(port, ControlEvents.Add);
    }

    private static bool IsPortOutstanding(ConsolePort port) =>
        !port.IsAttached || port.Transmit.IsOutstanding || port.Receive.GrantSeen < port.Receive.Grant || port.EpochSeen < port.Epoch;

    private void NotifyControlTransmit()
    {
        _trace?.Record(new PathStep(PathHop.NotifyTx, _vm, -1, 0, default, VirtioConsoleSpec.ControlTransmit, Device: _function));
        ReceiveControl();
    }

    private void NotifyControlReceive()
    {
        _trace?.Record(new PathStep(PathHop.NotifyRx, _vm, -1, 0, default, VirtioConsoleSpec.ControlReceive, Device: _function));
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
}
