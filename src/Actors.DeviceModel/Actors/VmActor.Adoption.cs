using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>The service side of a machine whose guest runs on another node, after the node that had it before is lost.</content>
internal sealed partial class VmActor
{
    private ControlHop.VmAdopted? _adopted;

    /// <summary>The hypervisor has turned to the HSM here, and takes nothing from the one before any more: what devices were can't change now.</summary>
    private void OnAdopted(ControlHop.VmAdopted adopted)
    {
        if (_life.Step != MachineStep.Adopt || adopted.Id != _commandId)
        {
            Stale++;
            return;
        }

        if (adopted.Result != Errno.Ok || adopted.Actor is null)
        {
            var reason = adopted.Result == Errno.NotPermitted
                ? $"the service side of {_spec.Vm} belongs to somebody with a higher token."
                : $"{_spec.Vm} is not there to be taken over ({adopted.Result}).";
            Finish(new MachineHop.AdoptionRefused(_spec.Vm, _fence, adopted.Result, reason));
            return;
        }

        _epoch = adopted.Epoch;
        _hsm = new Link(LinkSite.VmControl, adopted.Actor, _services);
        _adopted = adopted;
        if (_services.Variants?.Find<IRecordKeeper>() is { } keeper && _services.Memory.Find(_spec.Vm) is { } memory)
        {
            AdoptDevices(memory, function => (keeper.Find(_spec.Vm, function), 0));
        }
        else if (adopted.Memory is not null)
        {
            _life.Complete(MachineStep.Adopt, Errno.Ok);
            Enter();
        }
        else
        {
            Finish(new MachineHop.AdoptionRefused(_spec.Vm, _fence, Errno.NoMemory, $"the RAM of {_spec.Vm} is not on this node, and nobody gives a way to it."));
        }
    }

    /// <summary>Asks for the records; with the question nobody with a lower token writes to the guest's RAM any more.</summary>
    private void ReadRecords() =>
        new Link(LinkSite.MemoryExchange, _adopted!.Memory!, _services).Send(new MemoryHop.ReadRecords(_spec.Vm, _fence), Self);

    private void OnRecords(MemoryHop.Records records)
    {
        if (_life.Step != MachineStep.ReadRecords || records.Fence != _fence)
        {
            Stale++;
            return;
        }

        if (records.Result != ExchangeResult.Applied)
        {
            var result = records.Result == ExchangeResult.Stale ? Errno.NotPermitted : Errno.NoDevice;
            Finish(new MachineHop.AdoptionRefused(_spec.Vm, _fence, result, $"the records of {_spec.Vm} can't be read: {records.Result}."));
            return;
        }

        var ram = _services.Memory.Find(_spec.Vm) ?? new RemoteRam(_spec.Vm, _spec.MemoryBytes, _adopted!.Memory!, _fence, (ulong)_commandId);
        AdoptDevices(ram, function =>
        {
            foreach (var stored in records.Devices)
            {
                if (stored.Device == function)
                    return ([.. stored.Bytes], stored.Ahead);
            }

            return default;
        });
    }

    private void AdoptDevices(IGuestMemory memory, Func<Bdf, (byte[]? Bytes, long Ahead)> find)
    {
        try
        {
            var allocator = new PciBarAllocator();
            foreach (var slot in _bus.Slots)
                AdoptDevice(slot, memory, allocator, find(slot.Spec.Function));
        }
        catch (Exception exception) when (exception is BackendOpenException or PciSetupException)
        {
            // The guest goes on waiting: the next one who takes it over may have more luck.
            CloseUnowned();
            Finish(new MachineHop.AdoptionRefused(_spec.Vm, _fence, Errno.Invalid, exception.Message, SeenBy(exception)));
            return;
        }

        foreach (var slot in _bus.Slots)
            Run(slot, _hsm.Target!);
        AdoptLines(_adopted!.Incarnation);
        _life.Adopted(_adopted.State);
        Enter();
    }

    /// <summary>A device of which nothing was kept is one to which its guest has said nothing: a fresh one will do.</summary>
    private void AdoptDevice(DeviceSlot slot, IGuestMemory memory, PciBarAllocator allocator, (byte[]? Bytes, long Ahead) stored)
    {
        if (stored.Bytes is not { } bytes)
        {
            OpenPorts(slot, record: null);
            slot.Life = new DeviceLife(_spec, slot.Spec, _devices, _epoch, memory, slot.Interrupt, slot.Open, _services) { Fence = _fence };
            Place(slot, slot.Life.PowerOn(allocator));
            return;
        }

        var isWhole = DeviceRecordCodec.TryRead(bytes, out var record) && record!.Ports.Length == slot.Ports.Length;
        if (isWhole)
            record!.Ahead = stored.Ahead;

        // Ports find out where they are some time after the device has gone on, and its record with it.
        OpenPorts(slot, isWhole ? record!.Copy() : null);
        slot.Life = new DeviceLife(_spec, slot.Spec, _devices, _epoch, memory, slot.Interrupt, slot.Open, isWhole ? record : null, allocator, _services, _fence);
        if (slot.Life.Loss is { } loss)
            _notices = _notices.Add(loss);
        slot.IntxChange = slot.Life.Record.IntxChange;
        slot.IsIntxAsserted = slot.Life.Record.IsIntxAsserted;
        Place(slot, slot.Life.Places);
    }

    /// <summary>The hypervisor knows the lines as the service side before told them last: they are told anew.</summary>
    private void AdoptLines(int incarnation)
    {
        foreach (var slot in _bus.Slots)
            _lines.Adopt(slot.Interrupt.Gsi, slot.IsIntxAsserted, ((ulong)incarnation << 32) + 1);
        foreach (var change in _lines.Repeat())
            Send(change);
        Watch();
    }

    /// <summary>Somebody else serves the machine. What is here ends at once: the guest, its RAM and the backends are not its business any more.</summary>
    private void OnFenced(ControlHop.ServiceFenced fenced)
    {
        if (fenced.Fence > _fence)
            Finish(new MachineHop.VmSuperseded(_spec.Vm, fenced.Fence));
    }
}
