using System.Text;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// Driver of a virtio console (virtio 1.2 clause 5.3), multiport or not. The handshake is Linux's: DEVICE_READY; a DEVICE_ADD is answered by
/// PORT_READY, a CONSOLE_PORT by PORT_OPEN. Runs on one processor; only single queues may be lent to another.
/// </summary>
public sealed class VirtioConsoleDriver
{
    /// <summary>Most ports driven, whatever the device claims.</summary>
    public const int MaxPorts = VirtioConsoleSpec.MaxPorts;

    private const ulong WantedFeatures = VirtioSpec.FeatureVersion1 | VirtioConsoleSpec.FeatureSize
        | VirtioConsoleSpec.FeatureMultiport | VirtioConsoleSpec.FeatureEmergencyWrite;

    /// <summary>Rounds of the handshake, in case a device never stops talking.</summary>
    private const int MaxRounds = 1000;

    /// <summary>A message can be answered by one more; they are handled only while that fits.</summary>
    private const int AnswersPerMessage = 1;

    private readonly InterruptDispatcher _interrupts;
    private readonly IoApic _ioApic;
    private readonly byte _apicId;
    private readonly List<GuestConsolePort> _ports = [];
    private VirtioPciTransport? _transport;
    private ConsoleControlQueues? _control;
    private byte _configVector;
    private byte _queueVector;
    private bool _vectorPerQueue;
    private long _messages;
    private int _rounds;

    /// <summary>A driver for a device that is not brought up yet.</summary>
    public VirtioConsoleDriver(
        GuestCpu cpu, GuestHeap heap, PciDevice device, InterruptDispatcher interrupts, IoApic ioApic, byte apicId, DriverOptions options)
    {
        Cpu = cpu;
        Heap = heap;
        Device = device;
        Options = options;
        _interrupts = interrupts;
        _ioApic = ioApic;
        _apicId = apicId;
    }

    private enum Round
    {
        Working,
        Settled,
    }

    private enum InterruptMode
    {
        VectorPerQueue,
        SharedVector,
        Line,
    }

    /// <summary>The PCI function.</summary>
    public PciDevice Device { get; }

    /// <summary>The choices made for this driver.</summary>
    public DriverOptions Options { get; }

    /// <summary>The transport; null until <see cref="Start"/>.</summary>
    public VirtioPciTransport? Transport => _transport;

    /// <summary>True when ports are announced by control messages; false: one port, a console, always there.</summary>
    public bool IsMultiport => _control is not null;

    /// <summary>Ports that the device was configured for.</summary>
    public int PortLimit { get; private set; }

    /// <summary>Ports by id, those that are not there included.</summary>
    public IReadOnlyList<GuestConsolePort> Ports => _ports;

    /// <summary>Control messages that made no sense, counted.</summary>
    public long Faults { get; private set; }

    /// <summary>True when the device or its control queues are beyond use.</summary>
    public bool IsBroken { get; private set; }

    internal GuestCpu Cpu { get; }

    internal GuestHeap Heap { get; }

    /// <summary>Is this function a virtio console?</summary>
    public static bool Drives(PciDevice device) => device.VendorId == VirtioSpec.PciVendor
        && device.DeviceId is VirtioConsoleSpec.TransitionalDeviceId or VirtioSpec.ModernDeviceIdBase + VirtioConsoleSpec.DeviceType;

    /// <summary>
    /// Brings the device up. MSI-X with an entry per queue or a shared one, as wished and as the device can; else its line.
    /// </summary>
    /// <returns>Null, or why it failed, in a few words.</returns>
    public async GuestTask<string?> Start(PciAddressAllocator addresses)
    {
        var transport = _transport = await VirtioPciTransport.Open(Cpu, Device, Options, addresses);
        if (transport is null)
            return "the device has no virtio interface";
        var first = transport.Msix is null ? InterruptMode.Line : Options.VectorPerQueue ? InterruptMode.VectorPerQueue : InterruptMode.SharedVector;
        for (var mode = first; mode <= InterruptMode.Line; mode++)
        {
            var (vectorsRefused, error) = await BringUp(transport, mode);
            if (!vectorsRefused)
                return error;
        }

        return "the device has no usable interrupt";
    }

    /// <summary>Waits for an interrupt, any, and handles what came in on the control queues.</summary>
    public async GuestTask WaitForEvent()
    {
        await _interrupts.Wait();
        await Service();
    }

    /// <summary>Handles what came in, without waiting: control messages, configuration changes.</summary>
    public async GuestTask Service()
    {
        if (ConfigurationChanged())
            await ReadConfiguration();
        if (_control is null || IsBroken)
            return;
        do
        {
            HandleControlMessages();
            await PublishControl();
        }
        while (!IsBroken && _control.CanSend(AnswersPerMessage) && !_control.Receive.EnableInterrupts());
    }

    /// <summary>The port of this name, as soon as it is announced. Null when all that the device announces is known and it isn't among it.</summary>
    public async GuestTask<GuestConsolePort?> WaitForPort(string name)
    {
        for (var round = Round.Working; ; round = await NextRound())
        {
            if (FindPort(name) is { } port)
                return port;
            if (round == Round.Settled)
                return null;
        }
    }

    /// <summary>The console port with the lowest id. Null when all that the device announces is known and no port is a console.</summary>
    public async GuestTask<GuestConsolePort?> WaitForConsole()
    {
        for (var round = Round.Working; ; round = await NextRound())
        {
            if (FirstPresent() is { IsConsole: true } port)
                return port;
            if (round == Round.Settled)
                return FirstConsole();
        }
    }

    /// <summary>Services until everything is known that the device announces on DEVICE_READY: ports, names, consoles.</summary>
    public async GuestTask Settle()
    {
        while (await NextRound() != Round.Settled)
        {
        }
    }

    /// <summary>The port of this name that is present, or null.</summary>
    public GuestConsolePort? FindPort(string name)
    {
        foreach (var port in _ports)
        {
            if (port.IsPresent && port.Name == name)
                return port;
        }

        return null;
    }

    /// <summary>The present console port with the lowest id, or null.</summary>
    public GuestConsolePort? FirstConsole()
    {
        foreach (var port in _ports)
        {
            if (port.IsPresent && port.IsConsole)
                return port;
        }

        return null;
    }

    /// <summary>The present port with the lowest id, or null.</summary>
    public GuestConsolePort? FirstPresent()
    {
        foreach (var port in _ports)
        {
            if (port.IsPresent)
                return port;
        }

        return null;
    }

    /// <summary>Writes without queues or interrupts, a byte an exit. False when the device doesn't offer it.</summary>
    public async GuestTask<bool> EmergencyWrite(string text)
    {
        if (_transport is null || (_transport.OfferedFeatures & VirtioConsoleSpec.FeatureEmergencyWrite) == 0
            || !_transport.HasConfig(VirtioConsoleSpec.ConfigEmergencyWrite, 4))
        {
            return false;
        }

        foreach (var character in Encoding.UTF8.GetBytes(text))
            await _transport.WriteConfig(VirtioConsoleSpec.ConfigEmergencyWrite, 4, character);
        return true;
    }

    /// <summary>
    /// Lets a queue interrupt another processor. False when its interrupt can't be told from others: then this processor gets it.
    /// </summary>
    public async GuestTask<bool> RouteQueue(int queue, byte apicId, byte vector)
    {
        if (!_vectorPerQueue)
            return false;
        await _transport!.Msix!.Set(EntryOf(queue), PlatformSpec.MsiAddressBase | ((ulong)apicId << 12), vector);
        return true;
    }

    internal async GuestTask SendPortOpen(GuestConsolePort port)
    {
        if (_control is null)
            return;
        while (!IsBroken && !_control.CanSend(1))
            await WaitForControlUsed();
        if (IsBroken)
            return;
        _control.Send(new((uint)port.Id, VirtioConsoleSpec.PortOpen, port.GuestOpen ? (ushort)1 : (ushort)0));
        await PublishControl();
    }

    private static int EntryOf(int queue) => 1 + queue;

    /// <summary>
    /// Waits for news from the device. The device handles control messages in order, and says what it has to say to each: so one that
    /// changes nothing, sent when our last answer is used, comes back when everything is said.
    /// </summary>
    private async GuestTask<Round> NextRound()
    {
        await Service();
        if (_control is null || IsBroken)
            return Round.Settled;
        if (FirstPresent() is not { } port)
        {
            await WaitForEvent();
            return Round.Working;
        }

        var known = _messages;
        _control.CanSend(0);
        var asked = _control.Outstanding == 0;
        if (asked)
            await SendPortOpen(port);
        await WaitForControlUsed();
        await Service();
        return IsBroken || (asked && _messages == known) || ++_rounds > MaxRounds ? Round.Settled : Round.Working;
    }

    private async GuestTask<(bool VectorsRefused, string? Error)> BringUp(VirtioPciTransport transport, InterruptMode mode)
    {
        var wanted = WantedFeatures
            | (Options.EventIndex ? VirtioSpec.FeatureEventIndex : 0)
            | (Options.IndirectDescriptors ? VirtioSpec.FeatureIndirectDescriptors : 0);
        if (await transport.Negotiate(wanted) is { } refusal)
            return (false, refusal);

        var multiport = (transport.Features & VirtioConsoleSpec.FeatureMultiport) != 0;
        PortLimit = !multiport ? 1 : (int)Math.Clamp(
            await transport.ReadStableConfig(VirtioConsoleSpec.ConfigMaxPorts, 4), 1, (uint)Math.Clamp(Options.MaxPorts, 1, MaxPorts));
        var queues = VirtioConsoleSpec.QueueCount(PortLimit, multiport);
        if (!await SetUpInterrupts(transport, mode, queues))
            return (true, null);

        _ports.Clear();
        _rounds = 0;
        IsBroken = false;
        for (var id = 0; id < PortLimit; id++)
        {
            var (receive, refused) = await MakeQueue(transport, VirtioConsoleSpec.ReceiveQueueOf(id));
            var (transmit, alsoRefused) = await MakeQueue(transport, VirtioConsoleSpec.TransmitQueueOf(id));
            if (refused || alsoRefused)
                return (true, null);
            if (receive is null || transmit is null)
                return (false, await GiveUp(transport, $"port {id} has no queues"));
            _ports.Add(new(this, id, receive, transmit));
        }

        _control = null;
        if (multiport)
        {
            var (receive, refused) = await MakeQueue(transport, VirtioConsoleSpec.ControlReceive);
            var (transmit, alsoRefused) = await MakeQueue(transport, VirtioConsoleSpec.ControlTransmit);
            if (refused || alsoRefused)
                return (true, null);
            if (receive is null || transmit is null)
                return (false, await GiveUp(transport, "the device has no control queues"));
            _control = new(Cpu.Memory, Heap, receive, transmit, Options.ControlBuffers);
        }

        await transport.DriverOk();
        if (_control is null)
        {
            _ports[0].Add();
            _ports[0].IsConsole = true;
            _ports[0].GuestOpen = true;
            _ports[0].SetHostConnected(true);
            return (false, null);
        }

        _control.Send(new(VirtioConsoleSpec.BadId, VirtioConsoleSpec.DeviceReady, 1));
        await PublishControl();
        return (false, null);
    }

    private static async GuestTask<string> GiveUp(VirtioPciTransport transport, string reason)
    {
        await transport.Fail();
        return reason;
    }

    private async GuestTask<bool> SetUpInterrupts(VirtioPciTransport transport, InterruptMode mode, int queues)
    {
        if (mode == InterruptMode.Line)
            return await SetUpLine(transport);

        var msix = transport.Msix!;
        _vectorPerQueue = mode == InterruptMode.VectorPerQueue;
        if (_vectorPerQueue && msix.Count < EntryOf(queues))
            return false;
        if (_queueVector == 0)
        {
            _queueVector = _interrupts.Allocate();
            _configVector = msix.Count > 1 ? _interrupts.Allocate() : _queueVector;
        }

        var address = PlatformSpec.MsiAddressBase | ((ulong)_apicId << 12);
        var entries = _vectorPerQueue ? EntryOf(queues) : Math.Min(2, msix.Count);
        for (var entry = 0; entry < entries; entry++)
            await msix.Set(entry, address, entry == 0 ? _configVector : _queueVector);
        if (!msix.IsEnabled)
            await msix.Enable();
        return await transport.SetConfigVector(0);
    }

    private async GuestTask<bool> SetUpLine(VirtioPciTransport transport)
    {
        _vectorPerQueue = false;
        _configVector = 0;
        if (transport.Msix is { IsEnabled: true })
            await transport.Msix.Enable(false);
        var pin = await Device.Read(PciSpec.InterruptLine, 2);
        var gsi = (int)(pin & 0xFF);
        if ((pin >> 8) == 0 || gsi >= PlatformSpec.IoApicPins)
            return false;
        _queueVector = await _interrupts.AttachLine(_ioApic, gsi, _apicId, transport);
        return true;
    }

    private async GuestTask<(DriverVirtqueue? Queue, bool VectorRefused)> MakeQueue(VirtioPciTransport transport, int index)
    {
        var offered = await transport.SelectQueue(index);
        if (offered == 0)
            return (null, false);
        if (transport.Msix is { IsEnabled: true } msix)
        {
            var entry = _vectorPerQueue ? EntryOf(index) : Math.Min(1, msix.Count - 1);
            if (!await transport.SetQueueVector((ushort)entry))
                return (null, true);
        }

        var (layout, doorbell) = await transport.EnableQueue(index, offered, Options.QueueSize, Heap);
        var eventIndex = (transport.Features & VirtioSpec.FeatureEventIndex) != 0;
        var indirect = (transport.Features & VirtioSpec.FeatureIndirectDescriptors) != 0;
        return (new(Cpu.Memory, layout, doorbell, eventIndex, indirect ? Heap : null), false);
    }

    private bool ConfigurationChanged() => _configVector != 0
        ? _configVector != _queueVector && _interrupts.TakeFired(_configVector)
        : _transport is not null && (_transport.TakeInterruptStatus() & VirtioPciSpec.IsrConfig) != 0;

    private async GuestTask ReadConfiguration()
    {
        var transport = _transport!;
        if (((byte)await transport.ReadStatus() & VirtioSpec.StatusNeedsReset) != 0)
        {
            IsBroken = true;
        }
        else if ((transport.Features & VirtioConsoleSpec.FeatureSize) != 0)
        {
            var size = await transport.ReadStableConfig(VirtioConsoleSpec.ConfigCols, 4);
            _ports[0].Columns = (ushort)size;
            _ports[0].Rows = (int)(size >> 16);
        }
    }

    private void HandleControlMessages()
    {
        Span<byte> buffer = stackalloc byte[ConsoleControlQueues.ReceiveBufferSize];
        for (var i = 0; i < _control!.Receive.Size && _control.CanSend(AnswersPerMessage); i++)
        {
            if (!_control.TryReceive(buffer, out var length))
                break;
            _messages++;
            if (length < VirtioConsoleSpec.ControlSize)
            {
                Faults++;
            }
            else
            {
                Handle(ControlMessage.Read(buffer), buffer[VirtioConsoleSpec.ControlSize..length]);
            }
        }

        IsBroken |= _control.IsBroken;
    }

    private void Handle(ControlMessage message, ReadOnlySpan<byte> payload)
    {
        if (message.Id >= (uint)_ports.Count)
        {
            Faults++;
            if (message.Event == VirtioConsoleSpec.DeviceAdd)
                _control!.Send(new(message.Id, VirtioConsoleSpec.PortReady, 0));
            return;
        }

        var port = _ports[(int)message.Id];
        if (message.Event == VirtioConsoleSpec.DeviceAdd)
        {
            port.Add();
            _control!.Send(new(message.Id, VirtioConsoleSpec.PortReady, 1));
            return;
        }

        if (!port.IsPresent)
        {
            Faults++;
            return;
        }

        switch (message.Event)
        {
            case VirtioConsoleSpec.ConsolePort:
                if (message.Value != 0)
                    MakeConsole(port);
                break;
            case VirtioConsoleSpec.PortOpen:
                port.SetHostConnected(message.Value != 0);
                break;
            case VirtioConsoleSpec.PortName:
                if (port.Name.Length == 0 && !payload.IsEmpty)
                    port.Name = Encoding.UTF8.GetString(payload);
                break;
            case VirtioConsoleSpec.Resize when payload.Length >= 4:
                port.Columns = payload[0] | (payload[1] << 8);
                port.Rows = payload[2] | (payload[3] << 8);
                break;
            case VirtioConsoleSpec.DeviceRemove:
                port.Remove();
                break;
            default:
                Faults++;
                break;
        }
    }

    /// <summary>A console is opened by its driver: there is always somebody to read a console.</summary>
    private void MakeConsole(GuestConsolePort port)
    {
        if (port.IsConsole)
            return;
        port.IsConsole = true;
        port.GuestOpen = true;
        _control!.Send(new((uint)port.Id, VirtioConsoleSpec.PortOpen, 1));
    }

    /// <summary>Buffers before messages: what the device has to say to them must find room.</summary>
    private async GuestTask PublishControl()
    {
        if (_control!.Receive.Publish())
            await _control.Receive.Kick(Cpu);
        if (_control.Transmit.Publish())
            await _control.Transmit.Kick(Cpu);
    }

    private async GuestTask WaitForControlUsed()
    {
        while (!IsBroken && _control!.Outstanding != 0)
        {
            _control.CanSend(1);
            IsBroken |= _control.IsBroken;
            if (IsBroken || _control.Outstanding == 0)
                break;
            if (_control.Transmit.EnableInterruptsAfterHalf())
                await WaitForEvent();
        }

        _control!.Transmit.DisableInterrupts();
    }
}
