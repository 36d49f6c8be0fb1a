using System.Buffers.Binary;
using System.Globalization;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// What the drivers of a world's virtio devices set up and what the device model does with it, learned from the trace alone: register accesses as they reach a
/// device and are answered, the guests' writes of available indices, and the device model's accesses of RAM. Made once a run and shared by its oracles.
/// <para>It takes from the implementation only where accesses arrive (<see cref="DeviceHop"/>); what they mean is the specification's. A descriptor has to
/// be read whole.</para>
/// </summary>
internal sealed class VirtioModel : WorldObserver
{
    private readonly List<IVirtioListener> _access = [];
    private readonly List<IVirtioListener> _taken = [];
    private readonly List<IVirtioListener> _used = [];
    private readonly List<IVirtioListener> _register = [];
    private readonly List<IVirtioListener> _reset = [];
    private readonly List<VirtioDeviceView> _devices = [];
    private readonly List<VirtioQueueView> _queues = [];
    private VirtioDeviceView?[] _byActor = new VirtioDeviceView?[64];
    private bool[] _known = new bool[64];

    /// <summary>By actor: it serves a function that isn't virtio, and masters the bus where its driver wants it to.</summary>
    private bool[] _isPlain = new bool[64];
    private UnderWay[] _underWay = new UnderWay[4 * VmLimits.MaxVcpus];

    /// <summary>By device: its newest reset, which may last while processors make other accesses.</summary>
    private UnderWay[] _resets = new UnderWay[4];
    private World _world = null!;

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Receive | WorldInterest.Send | WorldInterest.Memory | WorldInterest.Life;

    /// <summary>The devices seen so far, by their numbers.</summary>
    public IReadOnlyList<VirtioDeviceView> Devices => _devices;

    /// <inheritdoc/>
    public override void OnBegin(World world) => _world = world;

    /// <summary>Somebody wants to hear.</summary>
    public void Subscribe(IVirtioListener listener)
    {
        AddIf(VirtioInterest.Access, _access);
        AddIf(VirtioInterest.Taken, _taken);
        AddIf(VirtioInterest.Used, _used);
        AddIf(VirtioInterest.Register, _register);
        AddIf(VirtioInterest.Reset, _reset);

        void AddIf(VirtioInterest wanted, List<IVirtioListener> list)
        {
            if ((listener.Wants & wanted) != 0)
                list.Add(listener);
        }
    }

    /// <summary>The device that an actor serves, or null.</summary>
    public VirtioDeviceView? DeviceOf(int actor)
    {
        var index = actor - World.FirstActor;
        if (index < 0)
            return null;
        if (index >= _known.Length)
        {
            Array.Resize(ref _known, index * 2);
            Array.Resize(ref _byActor, index * 2);
            Array.Resize(ref _isPlain, index * 2);
        }

        if (!_known[index])
        {
            _known[index] = true;
            _byActor[index] = Recognize(actor, out _isPlain[index]);
        }

        return _byActor[index];
    }

    /// <summary>The device of a VM and function; made when it isn't known.</summary>
    public VirtioDeviceView Device(VmId vm, Bdf function)
    {
        foreach (var known in _devices)
        {
            if (known.Vm == vm && known.Function == function)
                return known;
        }

        var device = new VirtioDeviceView(vm, function, _devices.Count, OwnAt(vm.Value, function) is null);
        _devices.Add(device);
        if (_underWay.Length < _devices.Count * VmLimits.MaxVcpus)
        {
            Array.Resize(ref _underWay, _underWay.Length * 2);
            Array.Resize(ref _resets, _resets.Length * 2);
        }

        return device;
    }

    /// <summary>Says that an actor serves a device; its name says so otherwise.</summary>
    public void Adopt(int actor, VirtioDeviceView device)
    {
        DeviceOf(actor);
        _byActor[actor - World.FirstActor] = device;
        device.NewestActor = Math.Max(device.NewestActor, actor);
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        switch (receive.Message)
        {
            case DeviceHop.Access access:
                if (DeviceOf(receive.Actor) is { } device && device.IsFresh(access.Epoch, access.Vcpu, access.Sequence))
                    Begin(moment, device, access);
                break;
            case DeviceHop.BeginEpoch begin:
                DeviceOf(receive.Actor)?.BeginEpoch(begin.Epoch);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        switch (send.Message)
        {
            case DeviceHop.AccessDone done:
                if (DeviceOf(send.From) is { } device)
                    End(moment, device, done);
                break;
            case DeviceHop.ResetDone reset:
                if (DeviceOf(send.From) is { } whole && reset.Epoch == whole.MachineEpoch)
                {
                    whole.ResetMachine();
                    _resets[whole.Number] = default;
                    TellReset(moment, whole, null);
                }

                break;
        }
    }

    /// <inheritdoc/>
    public override void OnMemory(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        if (access.Who == MemoryUser.Device)
            TouchedByDevice(moment, access, data);
        else if (access is { IsWrite: true, IsRefused: false, Who: MemoryUser.Guest })
            WrittenByGuest(access, data);
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (step.Change != LifeChange.Restarted)
            return;
        foreach (var device in _devices)
        {
            if (device.Vm != step.Vm || device.NewestActor < 0 || _world.Trace.ActorName(device.NewestActor) != step.Actor)
                continue;
            foreach (var queue in device.Queues)
                queue?.Unstage();
        }
    }

    private VirtioDeviceView? Recognize(int actor, out bool isPlain)
    {
        isPlain = false;
        // device-model/vm-0/pci-0.3.0
        var name = ActorRole.RoomOf(_world.Trace.ActorName(actor));
        if (!name.StartsWith("device-model/", StringComparison.Ordinal))
            return null;
        var parts = name.Split('/');
        if (parts.Length != 3 || !parts[1].StartsWith("vm-", StringComparison.Ordinal) || !parts[2].StartsWith("pci-", StringComparison.Ordinal))
            return null;
        var place = parts[2][4..].Split('.');
        if (place.Length != 3
            || !int.TryParse(parts[1].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var vm)
            || !byte.TryParse(place[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bus)
            || !byte.TryParse(place[1], NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
            || !byte.TryParse(place[2], NumberStyles.None, CultureInfo.InvariantCulture, out var function))
            return null;
        var at = new Bdf(bus, slot, function);
        isPlain = OwnAt(vm, at) is { IsVirtio: false };
        if (isPlain)
            return null;
        var device = Device(new VmId(vm), at);
        device.NewestActor = Math.Max(device.NewestActor, actor);
        return device;
    }

    /// <summary>The device that the test brought along, at a place.</summary>
    private OwnDeviceSpec? OwnAt(int vm, Bdf function)
    {
        if (_world.SpecOf(vm) is { Own.IsDefaultOrEmpty: false } machine)
        {
            foreach (var own in machine.Own)
            {
                if (own.Function == function)
                    return own;
            }
        }

        return null;
    }

    private void Begin(in Moment moment, VirtioDeviceView device, DeviceHop.Access access)
    {
        var queue = device.Selected;
        var register = RegisterOf(access, access.Io.Value);
        if (VirtioDeviceView.IsReset(register))
        {
            _resets[device.Number] = new UnderWay(access, queue);
            device.BeginReset();
            return;
        }

        _underWay[(device.Number * VmLimits.MaxVcpus) + access.Vcpu] = new UnderWay(access, queue);
        if (!access.Io.IsWrite)
            return;
        if (device.OvertakesReset(register))
            EndReset(moment, device);
        var life = queue.Life;
        device.BeginWrite(register);
        if (queue.Life != life)
            Watch(queue);
    }

    private void End(in Moment moment, VirtioDeviceView device, DeviceHop.AccessDone done)
    {
        if ((uint)done.Vcpu >= VmLimits.MaxVcpus)
            return;
        var isReset = _resets[device.Number].Is(done);
        ref var slot = ref isReset ? ref _resets[device.Number] : ref _underWay[(device.Number * VmLimits.MaxVcpus) + done.Vcpu];
        if (!slot.Is(done))
            return;
        var (access, queue) = slot;
        slot = default;
        var register = RegisterOf(access!, access!.Io.IsWrite ? access.Io.Value : done.Value);
        if (isReset)
            EndReset(moment, device);
        else if (!register.IsWrite)
            device.EndRead(register, queue);
        else if (device.EndWrite(register, queue))
            TellReset(moment, device, queue);

        foreach (var listener in _register)
            listener.OnRegister(moment, device, register, queue);
    }

    private void EndReset(in Moment moment, VirtioDeviceView device)
    {
        _resets[device.Number] = default;
        device.EndReset();
        foreach (var queue in device.Queues)
        {
            if (queue is { IsLive: true })
                Watch(queue);
        }

        TellReset(moment, device, null);
    }

    private void Watch(VirtioQueueView queue)
    {
        if (!_queues.Contains(queue))
            _queues.Add(queue);
    }

    private void TellReset(in Moment moment, VirtioDeviceView device, VirtioQueueView? queue)
    {
        foreach (var listener in _reset)
            listener.OnReset(moment, device, queue);
    }

    private static RegisterAccess RegisterOf(DeviceHop.Access access, ulong value)
    {
        var (window, offset) = access.Bar switch
        {
            DeviceHop.Configuration => (RegisterWindowKind.Pci, (uint)access.Offset),
            VirtioPciSpec.LegacyBar when access.Offset < VirtioPciSpec.LegacyDeviceConfig => (RegisterWindowKind.Legacy, (uint)access.Offset),
            VirtioPciSpec.ModernBar => ((uint)access.Offset & ~0xFFFU) switch
            {
                VirtioPciSpec.CommonOffset => (RegisterWindowKind.Common, (uint)access.Offset),
                VirtioPciSpec.IsrOffset => (RegisterWindowKind.Isr, (uint)access.Offset & 0xFFF),
                VirtioPciSpec.DeviceOffset => (RegisterWindowKind.Device, (uint)access.Offset & 0xFFF),
                _ => (RegisterWindowKind.Notify, (uint)access.Offset & 0xFFF),
            },
            _ => (RegisterWindowKind.Other, (uint)access.Offset),
        };
        return new RegisterAccess(access.Io.IsWrite, window, offset, access.Io.Size, value);
    }

    private void WrittenByGuest(in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        foreach (var queue in _queues)
        {
            var place = queue.Available + VirtioSpec.AvailIndex;
            if (place < access.Address || place - access.Address + sizeof(ushort) > (ulong)data.Length || !queue.IsLive || queue.Device.Vm != access.Vm)
                continue;
            queue.Offer(BinaryPrimitives.ReadUInt16LittleEndian(data[(int)(place - access.Address)..]));
        }
    }

    private void TouchedByDevice(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        var device = DeviceOf(moment.Actor);
        if (device is null && moment.Actor >= World.FirstActor && _isPlain[moment.Actor - World.FirstActor])
            return;
        var hit = device is null || device.Vm != access.Vm ? Unowned(access) : device.Find(access);
        foreach (var listener in _access)
            listener.OnAccess(moment, hit, data);
        if (hit.Queue is not { } queue || hit.IsStale || access.IsRefused)
            return;

        if (!queue.IsConfirmed)
            Confirm(queue);
        switch (hit.Area)
        {
            case RingArea.AvailableEntry when !access.IsWrite && access.Length == sizeof(ushort):
                queue.BeginWalk(BinaryPrimitives.ReadUInt16LittleEndian(data));
                break;
            case RingArea.Descriptor or RingArea.IndirectTable when !access.IsWrite:
                if (queue.Walk(access.Address, data) is { } taken)
                {
                    NoteMisuse(taken);
                    foreach (var listener in _taken)
                        listener.OnTaken(moment, queue, taken);
                }

                break;
            case RingArea.Readable when hit.Chain is { IsOutstanding: true } chain:
                chain.NoteRead(hit.Offset + access.Length);
                break;
            case RingArea.Writable when access.IsWrite && hit.Chain is { IsOutstanding: true } chain:
                chain.Write(hit.Offset, data, queue.Device.PortOf(queue.Index, out _) >= 0);
                break;
            case RingArea.UsedElement when access.IsWrite && access.Length == VirtioSpec.UsedElementSize:
                queue.Stage(hit.Offset, BinaryPrimitives.ReadUInt32LittleEndian(data), BinaryPrimitives.ReadUInt32LittleEndian(data[4..]));
                break;
            case RingArea.UsedIndex when access.IsWrite && access.Length == sizeof(ushort):
                Publish(moment, queue, BinaryPrimitives.ReadUInt16LittleEndian(data));
                break;
        }
    }

    /// <summary>The device works with the queue: its place is known now, and whether a driver put it over something else.</summary>
    private void Confirm(VirtioQueueView queue)
    {
        queue.IsConfirmed = true;
        queue.IsMisused |= queue.Place.IsTangled;
        foreach (var other in _queues)
        {
            if (other == queue || !other.IsLive || other.Device.Vm != queue.Device.Vm)
                continue;
            if (!other.Overlaps(queue.Available, (ulong)VirtioSpec.AvailBytes(queue.Size)) && !other.Overlaps(queue.Used, (ulong)VirtioSpec.UsedBytes(queue.Size))
                && !other.Overlaps(queue.Descriptors, (ulong)VirtioSpec.DescriptorTableBytes(queue.Size)))
                continue;
            other.IsMisused = true;
            queue.IsMisused = true;
        }
    }

    /// <summary>A buffer over somebody's rings makes of them what it likes.</summary>
    private void NoteMisuse(VirtioChainView chain)
    {
        foreach (var queue in _queues)
        {
            if (queue.IsLive && queue.Device.Vm == chain.Queue.Device.Vm && chain.Overlaps(queue))
                queue.IsMisused = true;
        }
    }

    /// <summary>
    /// An access in no device's turn, as when something comes late: it is judged by the VM's devices, whichever it hits.
    /// </summary>
    private RingAccess Unowned(in MemoryEvent access)
    {
        foreach (var device in _devices)
        {
            if (device.Vm != access.Vm)
                continue;
            var hit = device.Find(access);
            if (hit.Area != RingArea.Outside)
                return hit;
        }

        return new RingAccess(null, null, null, RingArea.Outside, 0, false, access);
    }

    private void Publish(in Moment moment, VirtioQueueView queue, ushort value)
    {
        // At most as many as the queue has entries: an index that jumped further is an oracle's to report.
        for (var left = queue.Size; queue.UsedIndex != value && left > 0; left--)
        {
            var (head, length) = queue.NextStaged;
            var chain = queue.PublishNext();
            foreach (var listener in _used)
                listener.OnUsed(moment, queue, chain, head, length);
        }
    }

    private readonly record struct UnderWay(DeviceHop.Access? Access, VirtioQueueView Queue)
    {
        public bool Is(DeviceHop.AccessDone done) => Access is { } access && access.Vcpu == done.Vcpu && access.Epoch == done.Epoch && access.Sequence == done.Sequence;
    }
}
