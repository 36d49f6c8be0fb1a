using Actors.Protocol;

namespace Actors.Hsm;

/// <content>ioeventfds and irqfds: doorbells, and interrupts by cookie.</content>
internal sealed partial class HsmVm
{
    /// <summary>A listener has handled signals.</summary>
    public void OnDoorbellDrained(DispatchHop.DoorbellDrained drained)
    {
        if (!IsCurrent(drained.Epoch))
            return;

        if (_ioeventfds.FindDoorbell(drained.Cookie) is not { } doorbell)
        {
            Counters.UnknownDoorbell++;
            return;
        }

        if (doorbell.Acknowledge(drained.Count, out bool known))
            _effects.SignalDoorbell(Epoch, doorbell);
        if (!known)
            Counters.UnknownDoorbell++;
    }

    /// <summary>An irqfd is signalled.</summary>
    public void OnSignalIrqfd(DispatchHop.SignalIrqfd signal)
    {
        if (!IsCurrent(signal.Epoch))
            return;

        if (!_irqfds.TryFind(signal.Cookie, out ulong address, out uint data))
        {
            Counters.UnknownIrqfd++;
            return;
        }

        _trace?.Record(new PathStep(PathHop.Irqfd, _vm, -1, signal.Sequence, default, (long)signal.Cookie));
        _trace?.Record(new PathStep(PathHop.InjectInterrupt, _vm, -1, signal.Sequence, default, data));
        _effects.InjectMsi(Epoch, InterruptHop.IrqfdSource | signal.Cookie, signal.Sequence, address, data, signal.Oldest);
    }

    /// <summary>ioctl IOEVENTFD.</summary>
    public void OnSetIoeventfd(DispatchHop.SetIoeventfd message, object requester)
    {
        if (!IsCurrent(message.Epoch))
            return;

        var registration = new IoeventfdRegistration(
            message.Id, message.Flags, message.Cookie, message.Address, message.Length, message.Data, message.Listener);
        if (registration.IsDeassign)
            DeassignIoeventfd(in registration, requester);
        else
            AssignIoeventfd(in registration, requester);
    }

    /// <summary>ioctl IRQFD.</summary>
    public void OnSetIrqfd(DispatchHop.SetIrqfd message, object requester)
    {
        if (!IsCurrent(message.Epoch))
            return;

        var result = Errno.Ok;
        if (message.Assign)
            result = _irqfds.Assign(message.Id, message.Cookie, message.MsiAddress, message.MsiData);
        else if (message.Cookie is 0 or >= InterruptHop.IrqfdSource)
            result = Errno.BadDescriptor;
        else if (!_irqfdRemovals.Contains(requester, message.Id, message.Cookie) && _irqfds.Deassign(message.Cookie))
            _irqfdRemovals.Add(requester, message.Id, message.Cookie);
        _effects.AnswerRegistration(requester, Epoch, message.Id, result);
    }

    private void AssignIoeventfd(in IoeventfdRegistration registration, object requester)
    {
        var result = _ioeventfds.Assign(in registration, out long order, out bool repeated);
        if (result == Errno.Ok && !repeated)
        {
            _trace?.Record(new PathStep(PathHop.IoRangeAdd, _vm, -1, 0, new IoAccess(registration.Type, IoDirection.Write, (byte)registration.Length, registration.Address, registration.MatchData), (long)registration.Cookie, Ioeventfd.Name));
            RingAfterRestart(order);
            if (registration.WantsAsyncio && AskForAsyncio(order, requester, registration.Id))
                return;
        }

        if (!(repeated && _asyncio.IsWaiting(requester, registration.Id)))
            _effects.AnswerRegistration(requester, Epoch, registration.Id, result);
    }

    /// <summary>What rang for an earlier incarnation may not have been heard. One kick too many changes nothing, one too few hangs a guest.</summary>
    private void RingAfterRestart(long order)
    {
        if (!_wasRebuilt)
            return;

        var doorbell = _ioeventfds[_ioeventfds.IndexOf(order)].Doorbell;
        if (doorbell.Entries > 1)
            return;
        _retry.Need();
        if (doorbell.Ring())
            _effects.SignalDoorbell(Epoch, doorbell);
    }

    private void DeassignIoeventfd(in IoeventfdRegistration registration, object requester)
    {
        var result = Errno.Ok;
        if (registration.HasUnknownFlags)
        {
            result = Errno.Invalid;
        }
        else if (registration.Cookie == 0)
        {
            result = Errno.BadDescriptor;
        }
        else if (_ioeventfdRemovals.Contains(requester, registration.Id, registration.Cookie))
        {
            if (_asyncio.IsWaiting(requester, registration.Id))
                return;
        }
        else if (_ioeventfds.Deassign(registration.Cookie, out var removed))
        {
            _ioeventfdRemovals.Add(requester, registration.Id, registration.Cookie);
            if (removed.Asyncio != AsyncioState.None)
            {
                QueueAsyncio(assign: false, removed.Descriptor, removed.Order, requester, registration.Id);
                return;
            }
        }

        _effects.AnswerRegistration(requester, Epoch, registration.Id, result);
    }
}
