using System.Buffers.Binary;
using System.Text;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>
/// A virtio console written from the specification for these tests: modern, legacy or both, MSI-X or a line, with switches for the ways
/// in which a device can be odd.
/// </summary>
internal sealed partial class ModelConsole : ModelFunction
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
}
