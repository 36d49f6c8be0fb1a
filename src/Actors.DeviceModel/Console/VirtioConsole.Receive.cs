using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>Backend to guest: receive queues and the credit that they give a port.</content>
internal sealed partial class VirtioConsole
{
    private bool MayReceive(ConsolePort port) => _host is { IsActive: true } && port is { IsAttached: true, IsPlugged: true } && (!IsMultiport ? port.Index == 0 : port.IsGuestOpen);

    private void PumpReceive(ConsolePort port)
    {
        if (_isDeferring)
        {
            _receiveDue |= 1u << port.Index;
            return;
        }

        if (!MayReceive(port))
            return;
        TakeReceiveChains(port);
        if (port.Receive.Granted == 0 && port.Receive.Capacity > 0 && _host!.IsActive)
            Grant(port, again: false);
    }

    private void TakeReceiveChains(ConsolePort port)
    {
        if (!MayReceive(port))
            return;
        var host = _host!;
        var queue = host.Queue(VirtioConsoleSpec.ReceiveQueueOf(port.Index));
        if (!queue.IsReady || !port.Receive.WantsMore)
            return;

        queue.DisableKicks();
        var share = queue.Size;
        while (port.Receive.WantsMore)
        {
            if (share-- == 0)
            {
                _actors.YieldTurn();
                break;
            }

            var pop = queue.TryPop(out var chain, out var fault);
            if (pop == VirtqueuePop.Broken)
            {
                host.Fail(fault);
                return;
            }

            if (pop == VirtqueuePop.Empty)
            {
                if (!queue.EnableKicks())
                    break;
                queue.DisableKicks();
                continue;
            }

            if (chain.ReadableLength > 0)
                Count(GuestFaultKind.WrongDirection, queue.Index);
            port.Receive.Hold(chain, isUsable: chain.ReadableLength == 0 && chain.WritableLength > 0);
            if (!ReturnUnusable(host, queue, port))
                return;
        }

        host.SignalUsed(queue);
    }

    /// <summary>Gives back what can't take input and whose turn it is. False when the device broke.</summary>
    private static bool ReturnUnusable(IVirtioHost host, Virtqueue queue, ConsolePort port)
    {
        while (port.Receive.TryTakeUnusable(out var chain))
        {
            if (!Push(host, queue, chain, 0))
                return false;
        }

        return true;
    }

    private void Deliver(ConsolePort port, ReadOnlySpan<byte> input)
    {
        if (!MayReceive(port))
            return;
        var host = _host!;
        var queue = host.Queue(VirtioConsoleSpec.ReceiveQueueOf(port.Index));
        var pushed = 0;
        while (!input.IsEmpty)
        {
            var count = port.Receive.Deliver(input, out var filled);
            if (count < 0)
            {
                host.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue.Index));
                return;
            }

            if (filled is null)
                break;
            if (!Push(host, queue, filled, (uint)count))
                return;
            pushed++;
            input = input[count..];
            if (!ReturnUnusable(host, queue, port))
                return;
        }

        TraceEndChains(queue, pushed);
        host.SignalUsed(queue);
    }

    /// <summary>Tells the port what it may send, what arrived, and which epoch it is.</summary>
    private void Grant(ConsolePort port, bool again)
    {
        if (!port.IsAttached)
        {
            SendResume(port);
            return;
        }

        var receive = port.Receive;
        if (!again)
            receive.BeginGrant(MayReceive(port) ? (int)Math.Min(receive.Capacity, PortInput.MaxHeld) : 0);
        _actors.Watch();

        // A guest that resets its device without end must not fill a mailbox: the latest grant goes when the port has answered.
        port.IsGrantDue = port.Unanswered == MaxUnanswered;
        if (port.IsGrantDue)
            return;
        port.Unanswered++;
        _actors.Send(port.Index, new PortHop.Grant(port.Epoch, receive.Grant, receive.Delivered, receive.Granted, _probe, port.OpenChange, _incarnation));
    }

    private void TakeOpenState(ConsolePort port, PortHop.Status status)
    {
        port.OpenChange = Math.Max(port.OpenChange, status.OpenChange);
        port.IsOver |= status.IsOver;
        if (port.IsHostOpen != status.IsOpen)
        {
            port.IsHostOpen = status.IsOpen;
            if (port.IsGuestReady)
                Post(port, ControlEvents.Open);
        }

        // So that the port knows that it was heard; it changes no credit.
        if (status.OpenSeen < port.OpenChange)
            Grant(port, again: true);
    }
}
