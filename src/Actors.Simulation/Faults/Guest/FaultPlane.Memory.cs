using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Simulation;

/// <content>Guest RAM as devices see it.</content>
internal sealed partial class FaultPlane
{
    private const ulong PageSize = 4096;

    private readonly List<RuleState> _memoryRules = [];
    private readonly List<RuleState> _ringRules = [];
    private readonly List<RuleState> _publishRules = [];
    private readonly List<(int Vm, ulong Page)> _poisoned = [];
    private readonly List<(int Vm, ulong Address, int Length, UInt128 Value)> _staleValues = [];
    private readonly Dictionary<(int Vm, ulong Address), UInt128> _before = [];
    private bool _keepsValues;

    /// <summary>Whether memory accesses are to be asked for.</summary>
    public bool HasMemoryRules { get; private set; }

    /// <summary>Whether an access of guest RAM is refused.</summary>
    public bool RefusesAccess(VmId vm, MemoryUser user, bool isWrite, ulong address, int length)
    {
        if (user != MemoryUser.Device || (_memoryRules.Count == 0 && _poisoned.Count == 0))
            return false;
        foreach (var (poisonedVm, page) in _poisoned)
        {
            if (poisonedVm == vm.Value && address < page + PageSize && address + (ulong)length > page)
                return true;
        }

        if (!_isOn || _memoryRules.Count == 0)
            return false;
        var refused = false;
        var (device, place) = Find(vm.Value, address, length);
        foreach (var rule in _memoryRules)
        {
            if (!IsMeant(rule, vm.Value, device, place) || !Fires(rule, -1, out var firing))
                continue;
            if (rule.Verb == FaultVerb.PoisonPage)
                Poison(rule, firing, vm.Value, address & ~(PageSize - 1));
            else
                Effect(rule, firing, -1, length);
            refused = true;
        }

        return refused;
    }

    /// <summary>Changes what was read.</summary>
    public void AfterRead(VmId vm, MemoryUser user, IGuestMemory memory, ulong address, Span<byte> data)
    {
        if (user != MemoryUser.Device || data.Length > 16)
            return;
        if (_staleValues.Count > 0)
            ReadStale(vm.Value, address, data);
        if (_ringRules.Count == 0 || !_isOn)
            return;
        var (device, place) = Find(vm.Value, address, data.Length);
        if (device is null || place.Part is RingKind.None or RingKind.Used)
            return;
        var now = ValueOf(data);
        foreach (var rule in _ringRules)
        {
            if (!IsMeant(rule, vm.Value, device, place) || !ConcernsRing(rule, place, data.Length))
                continue;
            if (rule.Verb is FaultVerb.Tear or FaultVerb.StaleRead && !IsNew(vm.Value, address, now))
                continue;
            if (!Fires(rule, -1, out var firing))
                continue;
            ActOnRing(rule, firing, new DeviceRead(vm, device, place, memory, address), data);
        }

        if (_keepsValues)
            _before[(vm.Value, address)] = now;
    }

    /// <summary>Changes what stands in RAM after a write.</summary>
    public void AfterWrite(VmId vm, MemoryUser user, IGuestMemory memory, ulong address, int length)
    {
        if (user != MemoryUser.Device || _publishRules.Count == 0 || !_isOn || length != sizeof(ushort))
            return;
        var (device, place) = Find(vm.Value, address, length);
        if (device is null || place is not { Part: RingKind.Used, Offset: VirtioSpec.UsedIndex })
            return;
        foreach (var rule in _publishRules)
        {
            if (IsMeant(rule, vm.Value, device, place) && Fires(rule, -1, out var firing))
                Publish(rule, firing, new DeviceRead(vm, device, place, memory, address));
        }
    }

    private static UInt128 ValueOf(ReadOnlySpan<byte> data)
    {
        Span<byte> wide = stackalloc byte[16];
        wide.Clear();
        data.CopyTo(wide);
        return BinaryPrimitives.ReadUInt128LittleEndian(wide);
    }

    /// <summary>Whether something else stood there when it was read before.</summary>
    private bool IsNew(int vm, ulong address, UInt128 now) => _before.TryGetValue((vm, address), out var before) && before != now;

    private static bool ConcernsRing(RuleState rule, in RingSpot place, int length)
    {
        var isDescriptor = place.Part == RingKind.Descriptor && length == VirtioSpec.DescriptorSize;
        switch (rule.Verb)
        {
            case FaultVerb.Outside or FaultVerb.Rewrite or FaultVerb.Tear:
                return isDescriptor;
            case FaultVerb.StaleRead:
                return place is { Part: RingKind.Available, Offset: VirtioSpec.AvailIndex };
            case FaultVerb.Scribble:
                return place.Part == RingKind.Available;
            case FaultVerb.Flip:
                return rule.Parameters.Choice("field") switch
                {
                    0 => isDescriptor || place.Part == RingKind.Available,
                    >= 1 and <= 4 => isDescriptor,
                    5 => place is { Part: RingKind.Available, Offset: VirtioSpec.AvailFlags },
                    6 => place is { Part: RingKind.Available, Offset: VirtioSpec.AvailIndex },
                    _ => place is { Part: RingKind.Available, Offset: >= VirtioSpec.AvailRing },
                };
            default:
                return true;
        }
    }

    private void BindMemory(RuleState[] rules)
    {
        foreach (var rule in rules)
        {
            if (rule.Rule.Site == FaultSites.GuestMemory)
                _memoryRules.Add(rule);
            else if (rule.Rule.Site == FaultSites.GuestRing)
                _ringRules.Add(rule);
            else if (rule is { Verb: FaultVerb.Early, Kind.Row: "F05" })
                _publishRules.Add(rule);
            _keepsValues |= rule.Verb is FaultVerb.Tear or FaultVerb.StaleRead;
        }

        HasMemoryRules = _memoryRules.Count + _ringRules.Count + _publishRules.Count > 0;
    }

    private static bool IsMeant(RuleState rule, int vm, DeviceWatch? device, in RingSpot place)
    {
        var isRing = place.Part != RingKind.None;
        return rule.Target.Fits(new FaultTarget(vm, -1, device?.Device ?? -1, isRing ? place.Queue : -1, -1, -1)) && rule.Parameters.Choice("where") switch
        {
            1 => isRing || rule.Kind.Find("where") is null,
            2 => !isRing,
            _ => true,
        };
    }

    private (DeviceWatch? Device, RingSpot Place) Find(int vm, ulong address, int length)
    {
        foreach (var device in _devices)
        {
            if (device.Vm == vm && device.Find(address, length) is { Part: not RingKind.None } place)
                return (device, place);
        }

        return (null, default);
    }

    private void Poison(RuleState rule, in FaultFiring firing, int vm, ulong page)
    {
        var entry = (vm, page);
        _poisoned.Add(entry);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            _poisoned.Remove(entry);
            foreach (var device in _devices)
            {
                for (var queue = 0; device.Vm == vm && queue < device.Queues; queue++)
                    Kick(device, queue);
            }

            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void ReadStale(int vm, ulong address, Span<byte> data)
    {
        foreach (var (staleVm, staleAddress, length, value) in _staleValues)
        {
            if (staleVm == vm && staleAddress == address && length == data.Length)
                Put(data, value);
        }
    }

    private static void Put(Span<byte> data, UInt128 value)
    {
        Span<byte> wide = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(wide, value);
        wide[..data.Length].CopyTo(data);
    }

    private void ActOnRing(RuleState rule, in FaultFiring firing, in DeviceRead access, Span<byte> data)
    {
        switch (rule.Verb)
        {
            case FaultVerb.Flip:
                Flip(rule, firing, access, data);
                break;
            case FaultVerb.Outside:
                BinaryPrimitives.WriteUInt64LittleEndian(data, rule.Parameters.Choice("as") switch
                {
                    0 => _world.Plan.Topology.MemoryBytes + (ulong)(firing.B & 0xFFFF_F000),
                    1 => _world.Plan.Topology.MemoryBytes - 1,
                    2 => ulong.MaxValue - 3,
                    _ => 0,
                });
                Effect(rule, firing);
                break;
            case FaultVerb.Scribble:
                Scribble(rule, firing, access);
                break;
            case FaultVerb.Rewrite:
                Rewrite(rule, firing, access, data);
                break;
            case FaultVerb.Tear:
                Tear(rule, firing, access, data);
                break;
            case FaultVerb.StaleRead:
                StaleRead(rule, firing, access, data);
                break;
        }
    }

    private void Flip(RuleState rule, in FaultFiring firing, in DeviceRead access, Span<byte> data)
    {
        var field = rule.Parameters.Choice("field");
        if (field == 0 && access.Place.Part == RingKind.Descriptor)
            field = 1 + (int)(firing.B % 4);
        var (start, bytes) = field switch
        {
            1 => (0, 8),
            2 => (8, 4),
            3 => (12, 2),
            4 => (14, 2),
            _ => (0, data.Length),
        };
        var bit = (int)(firing.A % (bytes * 8));
        data[start + (bit / 8)] ^= (byte)(1 << (bit % 8));
        if (rule.Parameters.Choice("in") != 0)
            WriteRam(access, access.Address, data);
        Effect(rule, firing, -1, bit);
    }

    private void Scribble(RuleState rule, in FaultFiring firing, in DeviceRead access)
    {
        if (access.Device.Queue(access.Place.Queue) is not { } queue)
            return;
        var field = rule.Parameters.Choice("field");
        if (field == 0)
            field = 1 + (int)(firing.B % 3);
        var address = queue.Used + field switch
        {
            1 => VirtioSpec.UsedIndex,
            2 => VirtioSpec.UsedRing + ((ulong)(firing.B % queue.Size) * VirtioSpec.UsedElementSize),
            _ => VirtioSpec.UsedFlags,
        };
        Span<byte> old = stackalloc byte[sizeof(ushort)];
        if (!access.Memory.TryRead(address, old))
            return;
        var before = BinaryPrimitives.ReadUInt16LittleEndian(old);
        var after = (ushort)(before ^ (1 << (int)(firing.A & 15)));
        Change(rule, firing, access, address, before, after, field == 1 ? -1 : 0);
    }

    /// <summary>Changes two bytes of RAM; what is still so when the fault heals is put back.</summary>
    private void Change(RuleState rule, in FaultFiring firing, in DeviceRead access, ulong address, ushort before, ushort after, long ticks)
    {
        var here = access;
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, after);
        WriteRam(access, address, bytes);
        Effect(rule, firing);
        if (ticks == 0)
            return;
        Open(rule, firing, ticks, () =>
        {
            Span<byte> now = stackalloc byte[sizeof(ushort)];
            if (!here.Memory.TryRead(address, now) || BinaryPrimitives.ReadUInt16LittleEndian(now) != after)
                return;
            BinaryPrimitives.WriteUInt16LittleEndian(now, before);
            WriteRam(here, address, now);
        });
    }

    private void Rewrite(RuleState rule, FaultFiring firing, in DeviceRead access, ReadOnlySpan<byte> data)
    {
        var here = access;
        var original = data.ToArray();
        var other = data.ToArray();
        other[rule.Parameters.Choice("field") switch { 0 => 5, 1 => 10, _ => 12 }] ^= 0x7;
        if (firing.A > 0)
            _world.At(TimeSpan.FromTicks(Now + firing.A), Now_);
        else
            Now_();

        void Now_()
        {
            WriteRam(here, here.Address, other);
            Effect(rule, firing);
            Open(rule, firing, -1, () =>
            {
                var now = new byte[other.Length];
                if (here.Memory.TryRead(here.Address, now) && now.AsSpan().SequenceEqual(other))
                    WriteRam(here, here.Address, original);
            });
        }
    }

    private void Tear(RuleState rule, in FaultFiring firing, in DeviceRead access, Span<byte> data)
    {
        Span<byte> old = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(old, _before[(access.Vm.Value, access.Address)]);
        for (var part = 0; part < data.Length; part += sizeof(uint))
        {
            if (old.Slice(part, sizeof(uint)).SequenceEqual(data.Slice(part, sizeof(uint))))
                continue;
            old.Slice(part, sizeof(uint)).CopyTo(data[part..]);
            Effect(rule, firing, -1, part);
            return;
        }
    }

    private void StaleRead(RuleState rule, in FaultFiring firing, in DeviceRead access, Span<byte> data)
    {
        var before = _before[(access.Vm.Value, access.Address)];
        Put(data, before);
        var here = access;
        var entry = (access.Vm.Value, access.Address, data.Length, before);
        _staleValues.Add(entry);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            _staleValues.Remove(entry);
            Kick(here.Device, here.Place.Queue);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    /// <summary>The used index is hidden until after the interrupt that it is the reason of.</summary>
    private void Publish(RuleState rule, in FaultFiring firing, in DeviceRead access)
    {
        var here = access;
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        if (!access.Memory.TryRead(access.Address, bytes))
            return;
        var published = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        var hidden = (ushort)(published - 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, hidden);
        WriteRam(access, access.Address, bytes);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            Span<byte> now = stackalloc byte[sizeof(ushort)];
            if (here.Memory.TryRead(here.Address, now) && BinaryPrimitives.ReadUInt16LittleEndian(now) == hidden)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(now, published);
                WriteRam(here, here.Address, now);
            }

            if (rule.Parameters.Choice("again") == 0 && here.Device.LastMsi is { } msi)
                _world.Deliver(LinkSite.IrqRaise, here.Device.MsiWay.To, Stray(msi), here.Device.MsiWay.From, isLate: true);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void WriteRam(in DeviceRead access, ulong address, ReadOnlySpan<byte> bytes)
    {
        var done = access.Memory.TryWrite(address, bytes);
        _world.Trace.Memory(new MemoryEvent(access.Vm, MemoryUser.Fault, true, address, bytes.Length, !done), bytes);
    }

    /// <summary>A device's access to its rings.</summary>
    private readonly record struct DeviceRead(VmId Vm, DeviceWatch Device, RingSpot Place, IGuestMemory Memory, ulong Address);
}
