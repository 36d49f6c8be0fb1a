using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>What faults learn of devices and actors by watching.</content>
internal sealed partial class FaultPlane
{
    private readonly List<DeviceWatch> _devices = [];
    private readonly Dictionary<IActorRef, ActorPlace> _places = new(ReferenceEqualityComparer.Instance);
    private readonly List<(int Vm, OpenFault Fault)> _untilReset = [];
    private readonly List<(long Id, OpenFault Fault)> _asked = [];

    /// <summary>Place of an actor; of none of the run's, an empty one.</summary>
    private ActorPlace PlaceOf(IActorRef? actor)
    {
        if (actor is null)
            return NoPlace;
        if (_places.TryGetValue(actor, out var place))
            return place;
        place = _world.NumberOf(actor) < 0 ? NoPlace : ActorPlace.Of(actor);
        _places.Add(actor, place);
        return place;
    }

    private static readonly ActorPlace NoPlace = new(string.Empty, string.Empty, new FaultTarget(-1, -1, -1, -1, -1, -1));

    /// <summary>The actor whose path is a prefix and a number, or null.</summary>
    private IActorRef? Find(string prefix, int vm)
    {
        foreach (var actor in _world.Actors)
        {
            if (!actor.IsOver && PlaceOf(actor.Reference) is var place && place.What.Vm == vm && ActorRole.RoomOf(place.Path).StartsWith(prefix, StringComparison.Ordinal)
                && place.What is { Device: -1, Vcpu: -1 })
                return actor.Reference;
        }

        return null;
    }

    private void Watch(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (site == LinkSite.DeviceAccess)
        {
            if (message is DeviceHop.Access access)
                DeviceOf(to, from).See(access);
        }
        else if (site == LinkSite.DeviceResult)
        {
            if (message is DeviceHop.AccessDone done)
                Done(DeviceOf(from, to), done);
        }
        else if (site == LinkSite.IrqRaise)
        {
            if (message is InterruptHop.InjectMsi msi && FindDevice(msi.Vm.Value, (int)msi.Source) is { } device)
            {
                device.LastMsi = msi;
                device.MsiWay = (to, from);
            }
        }
        else if (site == LinkSite.VmControl)
        {
            if (message is DispatchHop.SetIoeventfd registration)
                Remember(registration, from);
            else if (message is ControlHop.VmCommandResult { Command: VmCommandKind.Reset, Result: Errno.Ok } result)
                Reset(result.Vm.Value);
            else if (message is ControlHop.VmCommandResult { Result: Errno.Ok, Id: >= StrayCommand } command)
                Answered(command.Id);
            else if (message is DispatchHop.RegistrationResult { Result: Errno.Ok, Id: >= StrayCommand } registered)
                Answered(registered.Id);
        }
    }

    /// <summary>What a fault asked for in another's name was done: so it made a difference.</summary>
    private void Answered(long id)
    {
        for (var i = 0; i < _asked.Count; i++)
        {
            if (_asked[i].Id != id)
                continue;
            EffectOnce(_asked[i].Fault);
            _asked.RemoveAt(i);
            return;
        }
    }

    /// <summary>A device has executed an access.</summary>
    private void Done(DeviceWatch device, DeviceHop.AccessDone done)
    {
        if (done.Vcpu == VmLimits.MaxVcpus - 1)
        {
            for (var i = device.Undone.Count - 1; i >= 0; i--)
            {
                var (sequence, rule, firing) = device.Undone[i];
                if (sequence > done.Sequence)
                    continue;
                device.Undone.RemoveAt(i);
                Effect(rule, firing, _world.NumberOf(device.Actor));
            }

            return;
        }

        if ((uint)done.Vcpu >= VmLimits.MaxVcpus || device.Last[done.Vcpu] is not { Io.IsWrite: false } read || read.Sequence != done.Sequence || !IsDeviceConfig(read))
            return;
        var place = (read.Bar, read.Offset, read.Io.Size);
        var isNews = (device.Reads.TryGetValue(place, out var before) && before != done.Value) || (device.Resized != 0 && device.Resized == (uint)done.Value);
        device.Reads[place] = done.Value;
        if (!isNews)
            return;
        foreach (var (rule, firing) in device.Unread)
            Effect(rule, firing, _world.NumberOf(device.Actor));
        device.Unread.Clear();
    }

    /// <summary>A VM has begun an epoch: what waited for that comes.</summary>
    private void Reset(int vm)
    {
        for (var i = _untilReset.Count - 1; i >= 0; i--)
        {
            if (_untilReset[i].Vm != vm)
                continue;
            _behind.Add(_untilReset[i].Fault.Close);
            _untilReset.RemoveAt(i);
        }
    }

    private DeviceWatch DeviceOf(IActorRef actor, IActorRef parent)
    {
        foreach (var known in _devices)
        {
            if (ReferenceEquals(known.Actor, actor))
                return known;
        }

        var place = PlaceOf(actor).What;
        var device = new DeviceWatch(place.Vm, place.Device, actor, parent);
        _devices.Add(device);
        return device;
    }

    private DeviceWatch? FindDevice(int vm, int device)
    {
        foreach (var known in _devices)
        {
            if (known.Vm == vm && known.Device == device)
                return known;
        }

        return null;
    }

    private bool IsConfigInterrupt(InterruptHop.InjectMsi msi) =>
        FindDevice(msi.Vm.Value, (int)msi.Source) is { ConfigData: { } data } && data == msi.Data;

    /// <summary>A register access of a device that no vCPU made. It has a vCPU's number that the plan doesn't use, and so sequences of its own.</summary>
    private void Access(DeviceWatch device, int bar, ulong offset, IoAccess io)
    {
        if (_world.Plan.Topology.Vcpus >= VmLimits.MaxVcpus)
            return;
        var access = new DeviceHop.Access(device.Epoch, VmLimits.MaxVcpus - 1, ++device.Stray, bar, offset, io);
        _world.Deliver(LinkSite.DeviceAccess, device.Actor, access, device.Parent, isLate: true);
        device.See(access);
    }

    /// <summary>Rings a queue's bell.</summary>
    private void Kick(DeviceWatch device, int queue)
    {
        if (device.IsLegacy)
            Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyQueueNotify, 2, (ulong)queue);
        else
            Write(device, VirtioPciSpec.ModernBar, VirtioPciSpec.NotifyOffset + (queue * VirtioPciSpec.NotifyMultiplier), 2, (ulong)queue);
    }

    private void Write(DeviceWatch device, int bar, int offset, int size, ulong value)
    {
        var mask = size >= 8 ? ulong.MaxValue : (1UL << (size * 8)) - 1;
        var type = bar == VirtioPciSpec.LegacyBar ? IoRequestType.PortIo : bar == DeviceHop.Configuration ? IoRequestType.PciConfig : IoRequestType.Mmio;
        Access(device, bar, (ulong)offset, new IoAccess(type, IoDirection.Write, (byte)size, (ulong)offset, value & mask));
    }
}
