using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>The default client: requests, mappings and interrupt lines.</content>
internal sealed partial class VmActor
{
    private void OnRequest(DispatchHop.DispatchRequest message)
    {
        var request = message.Request;
        // Before a takeover has its devices nobody can say what is at an address: the HSM asks again.
        if (message.Epoch != _epoch || _life.Step is MachineStep.Adopt or MachineStep.ReadRecords)
        {
            Stale++;
            return;
        }

        if (!_requests.TryBegin(request.Vcpu, request.Sequence, out var pending))
        {
            if (pending is { IsDone: true })
                Answer(request.Vcpu, request.Sequence, pending.Value);
            else
                Stale++;
            return;
        }

        _services.Trace?.Record(new PathStep(PathHop.VmLoop, _spec.Vm, request.Vcpu, request.Sequence, request.Access));
        if (_bus.TryRoute(request.Access, out var route) && route.Slot.Actor is not null)
        {
            Trace(request, route);
            pending = new PendingRequest(request.Access, route.Slot, new DeviceHop.Access(_epoch, request.Vcpu, request.Sequence, route.Bar, route.Offset, request.Access));
            _requests.Remember(request.Vcpu, pending);
            _outstandingAccesses++;
            Watch();
            route.Slot.Link.Send(pending.Message!, Self);
            return;
        }

        pending = new PendingRequest(request.Access, null, null) { IsDone = true, Value = MachineBus.DefaultOf(request.Access) };
        _requests.Remember(request.Vcpu, pending);
        Answer(request.Vcpu, request.Sequence, pending.Value);
    }

    private void Trace(in IoRequest request, in AccessRoute route)
    {
        if (_services.Trace is not { } trace)
            return;
        var hop = route.Bar == DeviceHop.Configuration ? PathHop.PciConfigAccess
            : request.Access.Type == IoRequestType.PortIo ? PathHop.PciEmulIoHandler
            : PathHop.PciEmulMemHandler;
        trace.Record(new PathStep(hop, _spec.Vm, request.Vcpu, request.Sequence, request.Access, (long)route.Offset, Device: route.Slot.Spec.Function));
    }

    private void OnAccessDone(DeviceHop.AccessDone done)
    {
        var pending = done.Epoch == _epoch ? _requests.Find(done.Vcpu, done.Sequence) : null;
        if (pending is not { IsDone: false, Slot: { } slot })
        {
            Stale++;
            return;
        }

        // The tables first: the guest's next access may be there already.
        if (done.Bars is not null)
            Place(slot, done.Bars);
        Complete(done.Vcpu, done.Sequence, pending, _bus.Finish(pending.Access, done.Value));
    }

    private void Complete(int vcpu, ulong sequence, PendingRequest pending, ulong value)
    {
        pending.IsDone = true;
        pending.Value = value;
        _outstandingAccesses--;
        _kept.Progress++;
        Answer(vcpu, sequence, value);
    }

    private void Answer(int vcpu, ulong sequence, ulong value)
    {
        if (_hsm.Target is { } hsm)
            new Link(LinkSite.DmComplete, hsm, _services).Send(new DispatchHop.RequestDone(_spec.Vm, _epoch, vcpu, sequence, value), Self);
    }

    private void Place(DeviceSlot slot, BarPlaces places)
    {
        foreach (var refused in _bus.Place(slot, places) ?? [])
            slot.Link.Send(new DeviceHop.BarRefused(_epoch, refused.Bar, refused.Address), Self);
    }

    private void OnIntx(DeviceHop.Intx intx)
    {
        if (_bus.Find(intx.Function) is not { } slot)
            return;
        if (intx.Change > slot.IntxChange)
        {
            slot.IntxChange = intx.Change;
            if (intx.IsAsserted != slot.IsIntxAsserted)
                SetIntx(slot, intx.IsAsserted);
        }

        slot.Link.Send(new DeviceHop.IntxSeen(slot.IntxChange), Self);
    }

    private void SetIntx(DeviceSlot slot, bool isAsserted)
    {
        slot.IsIntxAsserted = isAsserted;
        if (!_lines.TryChange(slot.Interrupt.Gsi, isAsserted, out var change))
            return;
        Send(change);
        Watch();
    }

    private void Send(in IntxLines.LineChange change)
    {
        if (_hsm.Target is not { } hsm)
            return;
        var operation = change.IsAsserted ? IrqLineOperation.SetHigh : IrqLineOperation.SetLow;
        new Link(LinkSite.IrqRaise, hsm, _services).Send(
            new InterruptHop.SetIrqLine(_spec.Vm, _epoch, IntxLines.SourceOf(change.Gsi), change.Sequence, change.Gsi, operation, change.Sequence), Self);
    }

    /// <summary>The hypervisor has interrupts: a line's, or a device's messages.</summary>
    private void OnInterruptSeen(InterruptHop.InterruptSeen seen)
    {
        if (seen.Epoch != _epoch)
        {
            Stale++;
            return;
        }

        if (seen.Source > ushort.MaxValue)
        {
            if (_lines.Take(seen.Source, seen.Sequence, out var missing))
                Send(missing);
            return;
        }

        foreach (var slot in _bus.Slots)
        {
            if (slot.Spec.Function.RequesterId == seen.Source && slot.Actor is not null)
                slot.Link.Send(seen, Self);
        }
    }
}
