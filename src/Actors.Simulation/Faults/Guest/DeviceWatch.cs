using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What the register accesses of a guest tell of one device: where its rings are, which vectors it uses. Learned, so a fault knows what a device may know.</summary>
internal sealed class DeviceWatch(int vm, int device, IActorRef actor, IActorRef parent)
{
    /// <summary>Data of an MSI-X entry: offset in it.</summary>
    private const int MsixEntryData = 8;

    /// <summary>Vector control of an MSI-X entry: offset in it.</summary>
    private const int MsixEntryControl = 12;

    private readonly List<QueueWatch> _queues = [];
    private readonly uint[] _msiData = new uint[64];
    private int _selected;
    private int _configEntry = -1;

    /// <summary>Whose.</summary>
    public int Vm { get; } = vm;

    /// <summary>Its requester id.</summary>
    public int Device { get; } = device;

    /// <summary>Its actor.</summary>
    public IActorRef Actor { get; } = actor;

    /// <summary>The actor that accesses come from.</summary>
    public IActorRef Parent { get; } = parent;

    /// <summary>Epoch of the last access.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Whether the guest uses the legacy registers.</summary>
    public bool IsLegacy { get; private set; }

    /// <summary>Firings whose accesses the device has not answered: the last access of each.</summary>
    public List<(ulong Sequence, RuleState Rule, FaultFiring Firing)> Undone { get; } = [];

    /// <summary>Firings that changed the configuration, and no guest has read so yet.</summary>
    public List<(RuleState Rule, FaultFiring Firing)> Unread { get; } = [];

    /// <summary>Size that a fault gave the terminal of port 0 last: columns, and rows above them; 0: none.</summary>
    public uint Resized { get; set; }

    /// <summary>The last access of each vCPU.</summary>
    public DeviceHop.Access?[] Last { get; } = new DeviceHop.Access?[VmLimits.MaxVcpus];

    /// <summary>What was read last at a place of the configuration.</summary>
    public Dictionary<(int Bar, ulong Offset, int Size), ulong> Reads { get; } = [];

    /// <summary>Sequence of the last access that a fault made.</summary>
    public ulong Stray { get; set; }

    /// <summary>Latest interrupt of the device.</summary>
    public InterruptHop.InjectMsi? LastMsi { get; set; }

    /// <summary>Where that went, and from whom.</summary>
    public (IActorRef To, IActorRef From) MsiWay { get; set; }

    /// <summary>Data of the vector for changes of the configuration, or null.</summary>
    public uint? ConfigData => (uint)_configEntry < (uint)_msiData.Length && _msiData[_configEntry] != 0 ? _msiData[_configEntry] : null;

    /// <summary>Vector control of the entry that has this data, as an offset in the MSI-X BAR, or -1.</summary>
    public int ControlOf(uint data)
    {
        var entry = Array.IndexOf(_msiData, data);
        return entry < 0 ? -1 : (entry * PciSpec.MsixEntrySize) + MsixEntryControl;
    }

    /// <summary>Learns from an access.</summary>
    public void See(DeviceHop.Access access)
    {
        Epoch = access.Epoch;
        if ((uint)access.Vcpu < VmLimits.MaxVcpus)
            Last[access.Vcpu] = access;
        if (!access.Io.IsWrite)
            return;
        var value = access.Io.Value;
        switch (access.Bar)
        {
            case VirtioPciSpec.ModernBar when access.Offset < VirtioPciSpec.CommonSize:
                IsLegacy = false;
                SeeCommon((int)access.Offset, access.Io.Size, value);
                break;
            case VirtioPciSpec.LegacyBar:
                IsLegacy = true;
                SeeLegacy((int)access.Offset, (uint)value);
                break;
            case VirtioPciSpec.MsixBar when access.Offset < (ulong)(_msiData.Length * PciSpec.MsixEntrySize)
                && access.Offset % PciSpec.MsixEntrySize == MsixEntryData:
                _msiData[(int)access.Offset / PciSpec.MsixEntrySize] = (uint)value;
                break;
        }
    }

    /// <summary>Where an address lies in the rings.</summary>
    public RingSpot Find(ulong address, int length)
    {
        for (var i = 0; i < _queues.Count; i++)
        {
            var queue = _queues[i];
            if (queue.IsKnown && queue.Find(i, address, length) is { Part: not RingKind.None } place)
                return place;
        }

        return default;
    }

    /// <summary>A queue, or null.</summary>
    public QueueWatch? Queue(int index) => (uint)index < (uint)_queues.Count && _queues[index].IsKnown ? _queues[index] : null;

    /// <summary>Queues that were seen.</summary>
    public int Queues => _queues.Count;

    private QueueWatch Selected()
    {
        var index = Math.Clamp(_selected, 0, 127);
        while (_queues.Count <= index)
            _queues.Add(new QueueWatch());
        return _queues[index];
    }

    private void SeeCommon(int offset, int size, ulong value)
    {
        switch (offset)
        {
            case VirtioPciSpec.QueueSelect:
                _selected = (int)value;
                break;
            case VirtioPciSpec.QueueSize:
                Selected().Size = (int)value;
                break;
            case VirtioPciSpec.ConfigMsixVector:
                _configEntry = (int)value;
                break;
            case VirtioPciSpec.DeviceStatus when value == 0:
                _queues.Clear();
                break;
            case >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueDevice + 8:
                ref var address = ref Selected().Address((offset - VirtioPciSpec.QueueDesc) / 8);
                address = size == 8 ? value
                    : offset % 8 == 0 ? (address & ~0xFFFF_FFFFUL) | (uint)value
                    : (address & 0xFFFF_FFFFUL) | (value << 32);
                break;
        }
    }

    private void SeeLegacy(int offset, uint value)
    {
        switch (offset)
        {
            case VirtioPciSpec.LegacyQueueSelect:
                _selected = (int)value;
                break;
            case VirtioPciSpec.LegacyConfigVector:
                _configEntry = (int)value;
                break;
            case VirtioPciSpec.LegacyStatus when value == 0:
                _queues.Clear();
                break;
            case VirtioPciSpec.LegacyQueuePfn:
                Selected().SetLegacy((ulong)value * VirtioPciSpec.LegacyPageSize);
                break;
        }
    }
}

/// <summary>Rings of one queue.</summary>
internal sealed class QueueWatch
{
    private ulong _descriptors;
    private ulong _available;
    private ulong _used;

    /// <summary>Its size.</summary>
    public int Size { get; set; } = VirtioConsoleSpec.QueueSize;

    /// <summary>Whether the addresses are known.</summary>
    public bool IsKnown => _descriptors != 0 && _available != 0 && _used != 0;

    /// <summary>Descriptor table.</summary>
    public ulong Descriptors => _descriptors;

    /// <summary>Used ring.</summary>
    public ulong Used => _used;

    /// <summary>One of the three addresses, in the order of the registers.</summary>
    public ref ulong Address(int index)
    {
        if (index == 0)
            return ref _descriptors;
        if (index == 1)
            return ref _available;
        return ref _used;
    }

    /// <summary>Takes the legacy layout.</summary>
    public void SetLegacy(ulong address)
    {
        _descriptors = address;
        _available = address == 0 ? 0 : address + ((ulong)Size * VirtioSpec.DescriptorSize);
        var end = _available + VirtioSpec.AvailRing + (2UL * (ulong)Size) + 2;
        _used = address == 0 ? 0 : (end + VirtioSpec.LegacyAlignment - 1) & ~(VirtioSpec.LegacyAlignment - 1UL);
    }

    /// <summary>Where an access lies.</summary>
    public RingSpot Find(int queue, ulong address, int length)
    {
        if (address >= _descriptors && address + (ulong)length <= _descriptors + ((ulong)Size * VirtioSpec.DescriptorSize))
            return new RingSpot(RingKind.Descriptor, queue, (int)(address - _descriptors));
        if (address >= _available && address + (ulong)length <= _available + VirtioSpec.AvailRing + (2UL * (ulong)Size) + 2)
            return new RingSpot(RingKind.Available, queue, (int)(address - _available));
        if (address >= _used && address + (ulong)length <= _used + VirtioSpec.UsedRing + (ulong)(VirtioSpec.UsedElementSize * Size) + 2)
            return new RingSpot(RingKind.Used, queue, (int)(address - _used));
        return default;
    }
}

/// <summary>Parts of a queue's rings.</summary>
internal enum RingKind : byte
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>The descriptor table.</summary>
    Descriptor,

    /// <summary>The available ring.</summary>
    Available,

    /// <summary>The used ring.</summary>
    Used,
}

/// <summary>A place in a ring.</summary>
/// <param name="Part">Which part.</param>
/// <param name="Queue">Whose.</param>
/// <param name="Offset">Offset in the part.</param>
internal readonly record struct RingSpot(RingKind Part, int Queue, int Offset);
