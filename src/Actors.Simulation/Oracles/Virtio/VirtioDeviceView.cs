using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// A virtio device on PCI as its driver sees it (virtio 1.2 clauses 2.1, 4.1.4, 5.3): what was written to its registers, and what was read back.
/// </summary>
internal sealed class VirtioDeviceView(VmId vm, Bdf function, int number, bool isConsole = true)
{
    private const int MaxBehindReset = 64;

    private readonly ulong[] _sequences = new ulong[VmLimits.MaxVcpus];
    private readonly List<RegisterAccess> _behindReset = [];
    private bool _isResetting;
    private VirtioQueueView?[] _queues = new VirtioQueueView?[4];
    private VirtioQueueView? _lastHit;
    private uint _featureSelect;
    private ushort _queueSelect;
    private bool _isModern;
    private bool _isLegacy;

    /// <summary>Whose.</summary>
    public VmId Vm { get; } = vm;

    /// <summary>Where it sits.</summary>
    public Bdf Function { get; } = function;

    /// <summary>Its number among the world's devices, from 0.</summary>
    public int Number { get; } = number;

    /// <summary>Whether it is the built-in console, of which it is known what its queues are for.</summary>
    public bool IsConsole { get; } = isConsole;

    /// <summary>Newest actor that served it.</summary>
    public int NewestActor { get; set; } = -1;

    /// <summary>Status as written, and NEEDS_RESET and FEATURES_OK once they were read.</summary>
    public byte Status { get; private set; }

    /// <summary>Whether FEATURES_OK was read back.</summary>
    public bool AreFeaturesFrozen { get; private set; }

    /// <summary>Features that the driver wrote.</summary>
    public ulong Features { get; private set; }

    /// <summary>Features select register of the driver half.</summary>
    public uint FeatureSelect => _featureSelect;

    /// <summary>Whether bus mastering is on; firmware may have turned it on, so it is until somebody turns it off or reads that it is off.</summary>
    public bool IsBusMaster { get; private set; } = true;

    /// <summary>Whether the modern interface drives it.</summary>
    public bool IsModern => _isModern;

    /// <summary>Counts resets that are complete.</summary>
    public int Resets { get; private set; }

    /// <summary>Epoch of the machine.</summary>
    public uint MachineEpoch { get; private set; }

    /// <summary>Queue that the select register names.</summary>
    public VirtioQueueView Selected => QueueAt(_queueSelect);

    /// <summary>Queues ever touched.</summary>
    public ReadOnlySpan<VirtioQueueView?> Queues => _queues;

    /// <summary>DRIVER_OK was written, the device is not known to be broken, and may master the bus.</summary>
    public bool MayTouchRam =>
        (Status & (VirtioSpec.StatusDriverOk | VirtioSpec.StatusNeedsReset)) == VirtioSpec.StatusDriverOk && IsBusMaster;

    /// <summary>Whether queues 2 and 3 carry control messages.</summary>
    public bool IsMultiport => IsConsole && (Features & VirtioConsoleSpec.FeatureMultiport) != 0;

    /// <summary>The queue of an index.</summary>
    public VirtioQueueView QueueAt(int index)
    {
        index &= 0x3FF;
        if (index >= _queues.Length)
            Array.Resize(ref _queues, Math.Max(index + 1, _queues.Length * 2));
        return _queues[index] ??= new VirtioQueueView(this, index);
    }

    /// <summary>The port that a queue moves data of, or -1 for a control queue and one of a device that is no console; and the direction.</summary>
    public int PortOf(int queue, out bool isTransmit)
    {
        isTransmit = (queue & 1) != 0;
        if (!IsConsole)
            return -1;
        if (queue < 2)
            return 0;
        return !IsMultiport || queue < 4 ? -1 : (queue - 2) / 2;
    }

    /// <summary>Whether an access is executed: once each, in the machine's epoch.</summary>
    public bool IsFresh(uint epoch, int vcpu, ulong sequence)
    {
        if (epoch < MachineEpoch || (uint)vcpu >= (uint)_sequences.Length)
            return false;
        if (epoch > MachineEpoch)
            BeginEpoch(epoch);
        if (sequence <= _sequences[vcpu])
            return false;
        _sequences[vcpu] = sequence;
        return true;
    }

    /// <summary>The machine's epoch begins.</summary>
    public void BeginEpoch(uint epoch)
    {
        if (epoch <= MachineEpoch)
            return;
        MachineEpoch = epoch;
        Array.Clear(_sequences);
    }

    /// <summary>The machine's reset: also of what PCI keeps.</summary>
    public void ResetMachine()
    {
        _isResetting = false;
        _behindReset.Clear();
        IsBusMaster = true;
        Reset();
    }

    /// <summary>The device is reset.</summary>
    public void Reset()
    {
        Resets++;
        Status = 0;
        Features = 0;
        AreFeaturesFrozen = false;
        _featureSelect = 0;
        _queueSelect = 0;
        _isModern = false;
        _isLegacy = false;
        foreach (var queue in _queues)
            queue?.Disable();
    }

    /// <summary>Whether a write resets the device.</summary>
    public static bool IsReset(in RegisterAccess access) => IsStatusWrite(access) && access.Value == 0;

    /// <summary>
    /// Whether a write begins the device's next life though nobody was told that the last one is over: another processor than the one that resets it says DRIVER_OK.
    /// </summary>
    public bool OvertakesReset(in RegisterAccess access) => _isResetting && IsStatusWrite(access) && (access.Value & VirtioSpec.StatusDriverOk) != 0;

    private static bool IsStatusWrite(in RegisterAccess access) => access.IsWrite && access is
        { Window: RegisterWindowKind.Common, Offset: VirtioPciSpec.DeviceStatus, Size: 1 }
        or { Window: RegisterWindowKind.Legacy, Offset: VirtioPciSpec.LegacyStatus, Size: 1 };

    /// <summary>A reset begins. Until it is done the device may use what it had; what other processors write meanwhile belongs to its next life.</summary>
    public void BeginReset()
    {
        _isResetting = true;
        _behindReset.Clear();
    }

    /// <summary>The reset that began last is done.</summary>
    public void EndReset()
    {
        Reset();
        _isResetting = false;
        foreach (var access in _behindReset)
            Take(access);
        _behindReset.Clear();
    }

    /// <summary>What a write begins takes effect before it is done.</summary>
    public void BeginWrite(in RegisterAccess access)
    {
        if (_isResetting && _behindReset.Count < MaxBehindReset)
            _behindReset.Add(access);
        Take(access);
    }

    private void Take(in RegisterAccess access)
    {
        var value = access.Value;
        switch (access.Window)
        {
            case RegisterWindowKind.Pci when access.Offset <= PciSpec.Command && access.Offset + (uint)access.Size > PciSpec.Command:
                IsBusMaster |= (CommandOf(access) & PciSpec.CommandBusMaster) != 0;
                break;
            case RegisterWindowKind.Common:
                WriteCommon(access.Offset, access.Size, value);
                break;
            case RegisterWindowKind.Legacy:
                WriteLegacy(access.Offset, access.Size, value);
                break;
        }
    }

    /// <summary>What a write ends is over when it is done. Says whether the queue was reset.</summary>
    public bool EndWrite(in RegisterAccess access, VirtioQueueView queue)
    {
        switch (access.Window)
        {
            case RegisterWindowKind.Pci when access.Offset <= PciSpec.Command && access.Offset + (uint)access.Size > PciSpec.Command:
                IsBusMaster = (CommandOf(access) & PciSpec.CommandBusMaster) != 0;
                return false;
            case RegisterWindowKind.Common when access is { Offset: VirtioPciSpec.QueueReset, Size: 2, Value: 1 }
                && (Features & VirtioSpec.FeatureRingReset) != 0 && AreFeaturesFrozen:
            case RegisterWindowKind.Legacy when access is { Offset: VirtioPciSpec.LegacyQueuePfn, Size: 4, Value: 0 } && !_isModern:
                if (!queue.IsLive)
                    return false;
                queue.Disable();
                return true;
            default:
                return false;
        }
    }

    /// <summary>What a read tells.</summary>
    public void EndRead(in RegisterAccess access, VirtioQueueView queue)
    {
        switch (access.Window)
        {
            case RegisterWindowKind.Pci when access.Offset <= PciSpec.Command && access.Offset + (uint)access.Size > PciSpec.Command:
                IsBusMaster = (CommandOf(access) & PciSpec.CommandBusMaster) != 0;
                break;
            case RegisterWindowKind.Common when access is { Offset: VirtioPciSpec.DeviceStatus, Size: 1 }:
            case RegisterWindowKind.Legacy when access is { Offset: VirtioPciSpec.LegacyStatus, Size: 1 }:
                Status |= (byte)(access.Value & (VirtioSpec.StatusNeedsReset | VirtioSpec.StatusFeaturesOk));
                AreFeaturesFrozen |= (access.Value & VirtioSpec.StatusFeaturesOk) != 0;
                break;
            case RegisterWindowKind.Common when access is { Offset: VirtioPciSpec.QueueSize, Size: 2 }:
            case RegisterWindowKind.Legacy when access is { Offset: VirtioPciSpec.LegacyQueueSize, Size: 2 }:
                if (!queue.IsLive && queue.Registers.Size == 0 && access.Value is > 0 and <= VirtioSpec.MaxQueueSize)
                    queue.OfferedSize = (int)access.Value;
                break;
            case RegisterWindowKind.Common when access is { Offset: VirtioPciSpec.QueueEnable, Size: 2 }:
                queue.IsConfirmed |= access.Value == 1 && queue.IsLive;
                break;
        }
    }

    /// <summary>Finds what an access of RAM hits; of several things the one that it may hit.</summary>
    public RingAccess Find(in MemoryEvent access)
    {
        RingAccess? some = null;
        if (_lastHit is { IsLive: true } last && TryHit(last, access, out var hit))
        {
            if (hit.IsAllowed)
                return hit;
            some = hit;
        }

        foreach (var queue in _queues)
        {
            if (queue is not { IsLive: true } || !TryHit(queue, access, out hit))
                continue;
            some ??= hit;
            if (!hit.IsAllowed)
                continue;
            _lastHit = queue;
            return hit;
        }

        // What one unconfirmed queue forbids another may allow: the driver may have tried to put it elsewhere before.
        return FindOther(access) ?? some ?? FindStale(access);
    }

    private RingAccess? FindOther(in MemoryEvent access)
    {
        foreach (var queue in _queues)
        {
            if (queue is { IsLive: true, IsConfirmed: false } && queue.TryOther(access) && TryHit(queue, access, out var hit))
                return hit;
        }

        return null;
    }

    private bool TryHit(VirtioQueueView queue, in MemoryEvent access, out RingAccess hit)
    {
        var area = queue.Classify(access, out var offset);
        var chain = queue.FindOutstanding(access, out var isWritable, out var inChain);
        hit = new RingAccess(this, queue, null, area, offset, false, access);
        if (chain is null || (area != RingArea.Outside && hit.IsAllowed))
            return area != RingArea.Outside;
        hit = new RingAccess(this, queue, chain, isWritable ? RingArea.Writable : RingArea.Readable, inChain, false, access);
        return true;
    }

    /// <summary>What is nobody's now may have been somebody's: a ring of an earlier life, a chain that was given back.</summary>
    private RingAccess FindStale(in MemoryEvent access)
    {
        foreach (var queue in _queues)
        {
            if (queue is not { HasPlace: true })
                continue;
            if (!queue.IsLive)
            {
                var area = queue.Classify(access, out var place);
                if (area != RingArea.Outside)
                    return new RingAccess(this, queue, null, area, place, true, access);
            }

            var chain = queue.FindAny(access.Address, access.Length, out var isWritable, out var offset);
            if (chain is not null)
                return new RingAccess(this, queue, chain, isWritable ? RingArea.Writable : RingArea.Readable, offset, chain.Life != queue.Life || !queue.IsLive, access);
        }

        return new RingAccess(this, null, null, RingArea.Outside, 0, false, access);
    }

    private static ulong CommandOf(in RegisterAccess access) => access.Value >> (8 * (int)(PciSpec.Command - access.Offset));

    private void WriteStatus(ulong value, bool isModern)
    {
        if (value == 0)
            return;
        _isModern |= isModern && !_isLegacy;
        _isLegacy |= !isModern && !_isModern;

        // That a reset is needed only the device can say.
        Status |= (byte)(value & ~(ulong)VirtioSpec.StatusNeedsReset);
    }

    private void WriteCommon(uint offset, int size, ulong value)
    {
        switch (offset, size)
        {
            case (VirtioPciSpec.DriverFeatureSelect, 4):
                _featureSelect = (uint)value;
                return;
            case (VirtioPciSpec.DriverFeature, 4) when !AreFeaturesFrozen && !_isLegacy && _featureSelect <= 1:
                Features = _featureSelect == 0 ? (Features & 0xFFFF_FFFF_0000_0000) | (uint)value : (uint)Features | (value << 32);
                return;
            case (VirtioPciSpec.DeviceStatus, 1):
                WriteStatus(value, isModern: true);
                return;
            case (VirtioPciSpec.QueueSelect, 2):
                _queueSelect = (ushort)value;
                return;
        }

        var queue = Selected;
        if (queue.IsLive && queue.IsConfirmed)
            return;
        var registers = queue.Registers;
        switch (offset, size)
        {
            case (VirtioPciSpec.QueueSize, 2) when value > 0 && value <= (ulong)queue.OfferedSize && (value & (value - 1)) == 0:
                queue.Registers = registers with { Size = (int)value };
                break;
            case (VirtioPciSpec.QueueDesc or VirtioPciSpec.QueueDesc + 4, 4 or 8):
                queue.Registers = registers with { Descriptors = Half(registers.Descriptors, offset == VirtioPciSpec.QueueDesc, size, value) };
                break;
            case (VirtioPciSpec.QueueDriver or VirtioPciSpec.QueueDriver + 4, 4 or 8):
                queue.Registers = registers with { Available = Half(registers.Available, offset == VirtioPciSpec.QueueDriver, size, value) };
                break;
            case (VirtioPciSpec.QueueDevice or VirtioPciSpec.QueueDevice + 4, 4 or 8):
                queue.Registers = registers with { Used = Half(registers.Used, offset == VirtioPciSpec.QueueDevice, size, value) };
                break;
            case (VirtioPciSpec.QueueEnable, 2) when value == 1:
                queue.Enable(registers.Size == 0 ? registers with { Size = queue.OfferedSize } : registers);
                break;
        }
    }

    private void WriteLegacy(uint offset, int size, ulong value)
    {
        switch (offset, size)
        {
            case (VirtioPciSpec.LegacyGuestFeatures, 4) when !_isModern && (Status & VirtioSpec.StatusDriverOk) == 0:
                Features = value;
                break;
            case (VirtioPciSpec.LegacyQueueSelect, 2):
                _queueSelect = (ushort)value;
                break;
            case (VirtioPciSpec.LegacyStatus, 1):
                WriteStatus(value, isModern: false);
                break;
            case (VirtioPciSpec.LegacyQueuePfn, 4) when value != 0 && !_isModern:
                Selected.Enable(RingPlace.Legacy((uint)value, Selected.OfferedSize));
                break;
        }
    }

    private static ulong Half(ulong value, bool isLow, int size, ulong written) =>
        size == 8 ? written : isLow ? (value & 0xFFFF_FFFF_0000_0000) | (uint)written : (uint)value | (written << 32);
}
