using System.Buffers.Binary;
using System.Text;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>
/// A virtio console written from the specification for these tests: modern, legacy or both, MSI-X or a line, with switches for the ways
/// in which a device can be odd.
/// </summary>
internal sealed class ModelConsole : ModelFunction
{
    private const int MsixCapability = 0x40;

    private readonly ModelMachine _machine;
    private readonly ModelQueue[] _queues;
    private readonly byte[] _msix;
    private readonly byte[] _deviceConfig = new byte[VirtioConsoleSpec.ConfigSize];
    private readonly Queue<byte[]> _messages = new();
    private readonly bool[] _kicked;
    private readonly bool _modern;
    private uint _featureSelect;
    private uint _driverSelect;
    private ushort _queueSelect;
    private ushort _configVector = VirtioPciSpec.NoVector;
    private byte _status;
    private byte _isr;
    private readonly int _gsi;

    public ModelConsole(
        ModelMachine machine, Bdf function, VirtioTransportKind kind, ModelPort[] ports, bool msix = true, int gsi = 17, ulong? features = null)
        : base(function, VirtioSpec.PciVendor, (ushort)(kind == VirtioTransportKind.Modern ? 0x1043 : 0x1003))
    {
        _machine = machine;
        _modern = kind != VirtioTransportKind.Legacy;
        Ports = ports;
        _gsi = gsi;
        Features = (features ?? (7 | VirtioSpec.FeatureIndirectDescriptors | VirtioSpec.FeatureEventIndex))
            | (_modern ? VirtioSpec.FeatureVersion1 : 0);
        var queues = VirtioConsoleSpec.QueueCount(ports.Length, (Features & 2) != 0);
        _queues = new ModelQueue[queues];
        _kicked = new bool[queues];
        for (var i = 0; i < queues; i++)
            _queues[i] = new(machine.Memory, i);
        _msix = new byte[16 * (queues + 1)];
        for (var i = 0; i <= queues; i++)
            _msix[(16 * i) + 12] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(_deviceConfig, 80);
        BinaryPrimitives.WriteUInt16LittleEndian(_deviceConfig.AsSpan(2), 25);
        BinaryPrimitives.WriteUInt32LittleEndian(_deviceConfig.AsSpan(4), (uint)ports.Length);
        Config[PciSpec.InterruptPin] = 1;
        Config[PciSpec.InterruptLine] = (byte)gsi;
        BuildConfig(kind, msix, (ulong)(function.Device * 0x10000));
        machine.Functions.Add(this);
    }

    public ulong Features { get; }

    public ulong DriverFeatures { get; private set; }

    public ModelPort[] Ports { get; }

    public List<byte> StatusWrites { get; } = [];

    public List<string> ControlFromGuest { get; } = [];

    public StringBuilder Emergency { get; } = new();

    public bool RefuseFeatures { get; set; }

    public bool RefuseVectors { get; set; }

    /// <summary>Chains that a queue handles before the guest runs on.</summary>
    public int ChainsPerPump { get; set; } = int.MaxValue;

    /// <summary>Called in place of using a chain of the transmit queue of port 0: a hostile device.</summary>
    public Action<ModelQueue, ushort>? HostileTransmit { get; set; }

    public Action<ModelQueue, ushort>? HostileReceive { get; set; }

    public ModelQueue Queue(int index) => _queues[index];

    public byte Status => _status;

    public bool MsixOn => (ReadConfig(MsixCapability + 2, 2) & PciSpec.MsixEnable) != 0;

    public void Send(uint id, ushort kind, ushort value, byte[]? payload = null)
    {
        var message = new byte[8 + (payload?.Length ?? 0)];
        BinaryPrimitives.WriteUInt32LittleEndian(message, id);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), kind);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), value);
        payload?.CopyTo(message, 8);
        _messages.Enqueue(message);
    }

    public void NeedReset()
    {
        _status |= VirtioSpec.StatusNeedsReset;
        InterruptConfig();
    }

    public void Resize(ushort columns, ushort rows)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_deviceConfig, columns);
        BinaryPrimitives.WriteUInt16LittleEndian(_deviceConfig.AsSpan(2), rows);
        InterruptConfig();
    }

    public override ulong Read(int bar, int offset, int size)
    {
        switch (bar)
        {
            case VirtioPciSpec.LegacyBar:
                return ReadLegacy(offset, size);
            case VirtioPciSpec.MsixBar:
                return offset + size <= _msix.Length ? BinaryPrimitives.ReadUInt32LittleEndian(_msix.AsSpan(offset)) : 0;
            default:
                return (offset & 0xF000) switch
                {
                    VirtioPciSpec.CommonOffset => ReadCommon(offset, size),
                    VirtioPciSpec.IsrOffset => TakeIsr(),
                    VirtioPciSpec.DeviceOffset => ReadDevice(offset & 0xFFF, size),
                    _ => ulong.MaxValue,
                };
        }
    }

    public override void Write(int bar, int offset, int size, ulong value)
    {
        switch (bar)
        {
            case VirtioPciSpec.LegacyBar:
                WriteLegacy(offset, (uint)value);
                break;
            case VirtioPciSpec.MsixBar:
                Assert.Equal(4, size);
                BinaryPrimitives.WriteUInt32LittleEndian(_msix.AsSpan(offset), (uint)value);
                break;
            default:
                switch (offset & 0xF000)
                {
                    case VirtioPciSpec.CommonOffset:
                        WriteCommon(offset, size, (uint)value);
                        break;
                    case VirtioPciSpec.DeviceOffset:
                        WriteDevice(offset & 0xFFF, (uint)value);
                        break;
                    case VirtioPciSpec.NotifyOffset:
                        Assert.Equal(2, size);
                        Assert.Equal((uint)(offset & 0xFFF) / 4, value);
                        Kick((int)value);
                        break;
                }

                break;
        }
    }

    public override bool Pump()
    {
        if ((_status & VirtioSpec.StatusDriverOk) == 0)
            return false;
        var moved = SendMessages();
        for (var index = 0; index < _queues.Length; index++)
        {
            // A kick that never came is a chain that never moves: what tells a driver's notification bug.
            if (!_kicked[index])
                continue;
            var queue = _queues[index];
            var port = index < 2 ? 0 : (index / 2) - 1;
            var more = index switch
            {
                VirtioConsoleSpec.ControlReceive => false,
                VirtioConsoleSpec.ControlTransmit when _queues.Length > 2 => TakeControl(queue),
                _ when (index & 1) == 0 => Feed(queue, Ports[port], port),
                _ => Drain(queue, Ports[port]),
            };
            moved |= more;
            _kicked[index] = more || ((index & 1) == 0 && queue.HasAvailable);
        }

        return moved;
    }

    protected override void ConfigWritten(int register, int size, uint value)
    {
        if (register == MsixCapability + 2 && size == 2)
            Set16(register, (ushort)((value & 0xC000) | (ReadConfig(register, 2) & 0x7FF)));
    }

    private void BuildConfig(VirtioTransportKind kind, bool msix, ulong window)
    {
        if (kind != VirtioTransportKind.Modern)
            AddBar(VirtioPciSpec.LegacyBar, 64, 0x2000 + (window >> 8), PciSpec.BarIo);
        AddBar(VirtioPciSpec.MsixBar, 0x1000, 0x8000_0000 + window, 0);
        if (_modern)
            AddBar(VirtioPciSpec.ModernBar, VirtioPciSpec.ModernBarSize, PlatformSpec.PciHole64Start + window, PciSpec.BarMemory64 | PciSpec.BarPrefetchable);

        Set16(PciSpec.Status, PciSpec.StatusCapabilities);
        var next = msix ? MsixCapability : 0x50;
        Config[PciSpec.CapabilityPointer] = (byte)next;
        if (msix)
        {
            Config[MsixCapability] = PciSpec.CapabilityMsix;
            Config[MsixCapability + 1] = (byte)(_modern ? 0x50 : 0);
            Set16(MsixCapability + 2, (ushort)(_queues.Length));
            Set32(MsixCapability + 4, VirtioPciSpec.MsixBar);
            Set32(MsixCapability + 8, 0x800 | VirtioPciSpec.MsixBar);
        }

        if (!_modern)
        {
            if (!msix)
                Set16(PciSpec.Status, 0);
            return;
        }

        (byte Type, int Offset, int Length)[] windows =
        [
            (VirtioPciSpec.CapabilityCommon, VirtioPciSpec.CommonOffset, VirtioPciSpec.CommonSize),
            (VirtioPciSpec.CapabilityIsr, VirtioPciSpec.IsrOffset, 1),
            (VirtioPciSpec.CapabilityDevice, VirtioPciSpec.DeviceOffset, VirtioConsoleSpec.ConfigSize),
            (VirtioPciSpec.CapabilityNotify, VirtioPciSpec.NotifyOffset, 4 * _queues.Length),
        ];
        var at = 0x50;
        foreach (var (type, offset, length) in windows)
        {
            var size = type == VirtioPciSpec.CapabilityNotify ? 20 : 16;
            Config[at] = PciSpec.CapabilityVendor;
            Config[at + 1] = (byte)(type == VirtioPciSpec.CapabilityNotify ? 0 : at + size);
            Config[at + 2] = (byte)size;
            Config[at + VirtioPciSpec.CapType] = type;
            Config[at + VirtioPciSpec.CapBar] = VirtioPciSpec.ModernBar;
            Set32(at + VirtioPciSpec.CapOffset, (uint)offset);
            Set32(at + VirtioPciSpec.CapLength, (uint)length);
            if (size == 20)
                Set32(at + VirtioPciSpec.CapExtra, VirtioPciSpec.NotifyMultiplier);
            at += size;
        }
    }

    private ulong ReadCommon(int offset, int size)
    {
        var queue = _queueSelect < _queues.Length ? _queues[_queueSelect] : null;
        (int Size, ulong Value) register = offset switch
        {
            VirtioPciSpec.DeviceFeature => (4, _featureSelect > 1 ? 0 : (uint)(Features >> (32 * (int)_featureSelect))),
            VirtioPciSpec.NumQueues => (2, (ulong)_queues.Length),
            VirtioPciSpec.DeviceStatus => (1, _status),
            VirtioPciSpec.ConfigGeneration => (1, 7),
            VirtioPciSpec.ConfigMsixVector => (2, _configVector),
            VirtioPciSpec.QueueSize => (2, (ulong)(queue?.Size ?? 0)),
            VirtioPciSpec.QueueMsixVector => (2, queue?.Vector ?? VirtioPciSpec.NoVector),
            VirtioPciSpec.QueueNotifyOff => (2, _queueSelect),
            _ => throw new InvalidOperationException($"read of common register {offset}"),
        };
        Assert.Equal(register.Size, size);
        return register.Value;
    }

    private void WriteCommon(int offset, int size, uint value)
    {
        var queue = _queueSelect < _queues.Length ? _queues[_queueSelect] : null;
        switch (offset)
        {
            case VirtioPciSpec.DeviceFeatureSelect:
                _featureSelect = value;
                break;
            case VirtioPciSpec.DriverFeatureSelect:
                _driverSelect = value;
                break;
            case VirtioPciSpec.DriverFeature:
                var shift = 32 * (int)_driverSelect;
                DriverFeatures = (DriverFeatures & ~(0xFFFF_FFFFUL << shift)) | ((ulong)value << shift);
                break;
            case VirtioPciSpec.DeviceStatus:
                WriteStatus((byte)value);
                break;
            case VirtioPciSpec.ConfigMsixVector:
                _configVector = AcceptVector(value);
                break;
            case VirtioPciSpec.QueueSelect:
                _queueSelect = (ushort)value;
                break;
            case VirtioPciSpec.QueueSize:
                queue!.Size = (int)value;
                break;
            case VirtioPciSpec.QueueMsixVector:
                Assert.False(queue!.Enabled);
                queue.Vector = AcceptVector(value);
                break;
            case VirtioPciSpec.QueueEnable:
                Assert.Equal(1u, value);
                Assert.Equal(0, (_status & VirtioSpec.StatusDriverOk));
                Enable(queue!);
                break;
            case >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueNotifyData:
                Assert.Equal(4, size);
                WriteAddress(queue!, offset, value);
                break;
            default:
                throw new InvalidOperationException($"write of common register {offset}");
        }
    }

    private static void WriteAddress(ModelQueue queue, int offset, uint value)
    {
        var shift = (offset & 4) == 0 ? 0 : 32;
        ulong Change(ulong old) => (old & ~(0xFFFF_FFFFUL << shift)) | ((ulong)value << shift);
        switch (offset & ~7)
        {
            case VirtioPciSpec.QueueDesc:
                queue.Desc = Change(queue.Desc);
                break;
            case VirtioPciSpec.QueueDriver:
                queue.Avail = Change(queue.Avail);
                break;
            default:
                queue.Used = Change(queue.Used);
                break;
        }
    }

    private ulong ReadLegacy(int offset, int size)
    {
        var config = MsixOn ? VirtioPciSpec.LegacyDeviceConfigMsix : VirtioPciSpec.LegacyDeviceConfig;
        if (offset >= config)
            return ReadDevice(offset - config, size);
        var queue = _queueSelect < _queues.Length ? _queues[_queueSelect] : null;
        return offset switch
        {
            VirtioPciSpec.LegacyHostFeatures => (uint)Features,
            VirtioPciSpec.LegacyQueueSize => (ulong)(queue?.Size ?? 0),
            VirtioPciSpec.LegacyStatus => _status,
            VirtioPciSpec.LegacyIsr => TakeIsr(),
            VirtioPciSpec.LegacyConfigVector => _configVector,
            VirtioPciSpec.LegacyQueueVector => queue?.Vector ?? VirtioPciSpec.NoVector,
            _ => throw new InvalidOperationException($"read of legacy register {offset}"),
        };
    }

    private void WriteLegacy(int offset, uint value)
    {
        var config = MsixOn ? VirtioPciSpec.LegacyDeviceConfigMsix : VirtioPciSpec.LegacyDeviceConfig;
        if (offset >= config)
        {
            WriteDevice(offset - config, value);
            return;
        }

        switch (offset)
        {
            case VirtioPciSpec.LegacyGuestFeatures:
                DriverFeatures = value;
                break;
            case VirtioPciSpec.LegacyQueueSelect:
                _queueSelect = (ushort)value;
                break;
            case VirtioPciSpec.LegacyStatus:
                WriteStatus((byte)value);
                break;
            case VirtioPciSpec.LegacyQueueNotify:
                Kick((int)value);
                break;
            case VirtioPciSpec.LegacyConfigVector:
                _configVector = AcceptVector(value);
                break;
            case VirtioPciSpec.LegacyQueueVector:
                _queues[_queueSelect].Vector = AcceptVector(value);
                break;
            case VirtioPciSpec.LegacyQueuePfn:
                var queue = _queues[_queueSelect];
                queue.Desc = (ulong)value << 12;
                queue.Avail = queue.Desc + (16 * (ulong)queue.Size);
                queue.Used = (queue.Avail + 6 + (2 * (ulong)queue.Size) + 4095) & ~4095UL;
                Enable(queue);
                break;
            default:
                throw new InvalidOperationException($"write of legacy register {offset}");
        }
    }

    private void Enable(ModelQueue queue)
    {
        Assert.Equal(0UL, queue.Desc % 16);
        Assert.Equal(0UL, queue.Avail % 2);
        Assert.Equal(0UL, queue.Used % 4);
        Assert.True(_machine.Memory.IsRam(queue.Used, 6 + (8 * (ulong)queue.Size)));
        queue.EventIndex = (DriverFeatures & VirtioSpec.FeatureEventIndex) != 0;
        queue.Enabled = true;
    }

    private void WriteStatus(byte value)
    {
        StatusWrites.Add(value);
        if (value == 0)
        {
            foreach (var queue in _queues)
                queue.Reset();
            Array.Clear(_kicked);
            _messages.Clear();
            (_configVector, DriverFeatures, _isr) = (VirtioPciSpec.NoVector, 0, 0);
            _machine.SetLine(_gsi, false);
        }

        if ((value & VirtioSpec.StatusFeaturesOk) != 0)
        {
            Assert.Equal(0UL, DriverFeatures & ~Features);
            if (RefuseFeatures)
                value &= unchecked((byte)~VirtioSpec.StatusFeaturesOk);
        }

        _status = value;
    }

    private ushort AcceptVector(uint entry) => RefuseVectors || entry * 16 >= _msix.Length ? VirtioPciSpec.NoVector : (ushort)entry;

    private ulong ReadDevice(int offset, int size)
    {
        Assert.InRange(offset + size, 1, _deviceConfig.Length);
        return size switch
        {
            1 => _deviceConfig[offset],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(_deviceConfig.AsSpan(offset)),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(_deviceConfig.AsSpan(offset)),
        };
    }

    private void WriteDevice(int offset, uint value)
    {
        Assert.Equal(VirtioConsoleSpec.ConfigEmergencyWrite, offset);
        Emergency.Append((char)(byte)value);
    }

    private void Kick(int queue)
    {
        if (queue < _queues.Length)
        {
            _queues[queue].Kicks++;
            _kicked[queue] = true;
        }
    }

    private byte TakeIsr()
    {
        var isr = _isr;
        _isr = 0;
        _machine.SetLine(_gsi, false);
        return isr;
    }

    private void Interrupt(ModelQueue queue)
    {
        if (!queue.TakeInterruptWish())
            return;
        if (MsixOn)
        {
            SendVector(queue.Vector);
            return;
        }

        _isr |= VirtioPciSpec.IsrQueue;
        _machine.SetLine(_gsi, true);
    }

    private void InterruptConfig()
    {
        if (MsixOn)
        {
            SendVector(_configVector);
            return;
        }

        _isr |= VirtioPciSpec.IsrConfig;
        _machine.SetLine(_gsi, true);
    }

    private void SendVector(ushort vector)
    {
        if (vector == VirtioPciSpec.NoVector)
            return;
        var entry = _msix.AsSpan(16 * vector, 16);
        Assert.Equal(0, entry[12] & 1);
        _machine.SendMsi(BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]));
    }

    private bool SendMessages()
    {
        if (_queues.Length <= 2)
            return false;
        var queue = _queues[VirtioConsoleSpec.ControlReceive];
        var moved = false;
        while (_messages.Count != 0 && _kicked[VirtioConsoleSpec.ControlReceive] && queue.HasAvailable)
        {
            var (head, segments) = queue.Pop();
            var message = _messages.Dequeue();
            Assert.True(segments[0].Write && segments[0].Length >= message.Length);
            _machine.Memory.TryWrite(segments[0].Address, message);
            queue.Push(head, (uint)message.Length);
            moved = true;
        }

        Interrupt(queue);
        return moved;
    }

    private bool TakeControl(ModelQueue queue)
    {
        var moved = false;
        while (queue.HasAvailable)
        {
            var (head, segments) = queue.Pop();
            Assert.Single(segments);
            Assert.False(segments[0].Write);
            Assert.Equal(8u, segments[0].Length);
            var message = new byte[8];
            _machine.Memory.TryRead(segments[0].Address, message);
            HandleControl(BinaryPrimitives.ReadUInt32LittleEndian(message), message[4], message[6]);
            queue.Push(head, 0);
            moved = true;
        }

        Interrupt(queue);
        return moved;
    }

    private void HandleControl(uint id, int kind, byte value)
    {
        var name = kind switch { 0 => "DEVICE_READY", 3 => "PORT_READY", 6 => "PORT_OPEN", _ => "?" };
        ControlFromGuest.Add(id == VirtioConsoleSpec.BadId ? $"{name} {value}" : $"{name} {id} {value}");
        switch (kind)
        {
            case VirtioConsoleSpec.DeviceReady:
                for (var i = 0; i < Ports.Length; i++)
                {
                    Send((uint)i, VirtioConsoleSpec.DeviceAdd, 1);
                    Send((uint)i, VirtioConsoleSpec.PortName, 1, Encoding.UTF8.GetBytes(Ports[i].Name));
                    if (Ports[i].HostOpen)
                        Send((uint)i, VirtioConsoleSpec.PortOpen, 1);
                }

                break;
            case VirtioConsoleSpec.PortReady when id < Ports.Length:
                Ports[id].Ready = true;
                if (Ports[id].IsConsole)
                    Send(id, VirtioConsoleSpec.ConsolePort, 1);
                break;
            case VirtioConsoleSpec.PortOpen when id < Ports.Length:
                Ports[id].GuestOpen = value != 0;
                if (value == 0 && Ports[id].CloseAtEnd && !Ports[id].HostOpen)
                    Send(id, VirtioConsoleSpec.DeviceRemove, 0);
                break;
        }
    }

    private bool Feed(ModelQueue queue, ModelPort port, int id)
    {
        var moved = false;
        for (var chains = 0; chains < ChainsPerPump && port.HostOpen && port.Input.Count != 0 && queue.HasAvailable; chains++)
        {
            var (head, segments) = queue.Pop();
            moved = true;
            if (HostileReceive is not null)
            {
                HostileReceive(queue, head);
                continue;
            }

            uint written = 0;
            foreach (var (address, length, write) in segments)
            {
                Assert.True(write);
                var piece = new byte[Math.Min((int)length, port.Input.Count)];
                for (var i = 0; i < piece.Length; i++)
                    piece[i] = port.Input.Dequeue();
                Assert.True(_machine.Memory.TryWrite(address, piece));
                written += (uint)piece.Length;
            }

            queue.Push(head, written);
        }

        Interrupt(queue);
        if (port.CloseAtEnd && port.Input.Count == 0 && port.HostOpen)
        {
            port.HostOpen = false;
            Send((uint)id, VirtioConsoleSpec.PortOpen, 0);
            moved = true;
        }

        return moved;
    }

    private bool Drain(ModelQueue queue, ModelPort port)
    {
        var moved = false;
        for (var chains = 0; chains < ChainsPerPump && queue.HasAvailable; chains++)
        {
            var (head, segments) = queue.Pop();
            moved = true;
            foreach (var (address, length, write) in segments)
            {
                Assert.False(write);
                var piece = new byte[length];
                Assert.True(_machine.Memory.TryRead(address, piece));
                port.Output.Write(piece);
            }

            if (HostileTransmit is not null)
            {
                HostileTransmit(queue, head);
            }
            else
            {
                queue.Push(head, 0);
            }
        }

        Interrupt(queue);
        return moved || queue.HasAvailable;
    }
}
