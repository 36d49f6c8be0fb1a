using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>The control queues.</content>
internal sealed partial class VirtioConsole
{
    private void Post(ConsolePort port, ControlEvents events)
    {
        port.Pending |= events;
        SendControl();
    }

    private void ReceiveControl()
    {
        if (_isDeferring)
        {
            _isControlDue = true;
            return;
        }

        if (_host is not { IsActive: true } host)
            return;
        var queue = host.Queue(VirtioConsoleSpec.ControlTransmit);
        if (!queue.IsReady)
            return;

        Span<byte> message = stackalloc byte[VirtioConsoleSpec.ControlSize];
        for (var share = queue.Size; ;)
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
                if (queue.EnableKicks())
                    continue;
                break;
            }

            var isMessage = false;
            if (chain.WritableLength > 0)
                Count(GuestFaultKind.WrongDirection, queue.Index);
            else if (chain.ReadableLength < VirtioConsoleSpec.ControlSize)
                Count(GuestFaultKind.ControlTooShort, queue.Index);
            else
                isMessage = chain.Read(message) == VirtioConsoleSpec.ControlSize;

            // What the message changes and that its buffer is used are noted as one; what follows from it comes after.
            if (isMessage)
            {
                _isDeferring = true;
                TakeControl(message);
                _isDeferring = false;
            }

            if (!Push(host, queue, chain, 0))
                return;
            RunDue();
            if (!host.IsActive)
                return;
        }

        host.SignalUsed(queue);
    }

    private void TakeControl(ReadOnlySpan<byte> message)
    {
        var id = BinaryPrimitives.ReadUInt32LittleEndian(message);
        var kind = BinaryPrimitives.ReadUInt16LittleEndian(message[4..]);
        var value = BinaryPrimitives.ReadUInt16LittleEndian(message[6..]);
        _trace?.Record(new PathStep(PathHop.ControlTx, _vm, -1, 0, default, id, NameOf(kind), Device: _function));

        if (kind == VirtioConsoleSpec.DeviceReady)
        {
            TakeDeviceReady(value != 0);
            return;
        }

        if (kind is not (VirtioConsoleSpec.PortReady or VirtioConsoleSpec.PortOpen))
        {
            Count(GuestFaultKind.ControlUnknownEvent, VirtioConsoleSpec.ControlTransmit, kind);
            return;
        }

        if (id >= (uint)_ports.Length || !_ports[id].IsAnnounced || !_ports[id].IsPlugged)
        {
            Count(GuestFaultKind.ControlUnknownPort, VirtioConsoleSpec.ControlTransmit, id);
            return;
        }

        if (kind == VirtioConsoleSpec.PortReady)
            TakePortReady(_ports[id], value != 0);
        else
            TakePortOpen(_ports[id], value != 0);
    }

    private void TakeDeviceReady(bool isReady)
    {
        _isGuestReady = isReady;
        if (!isReady)
            return;

        // A port that the guest knows is not added again (clause 5.3.6.2.1).
        foreach (var port in _ports)
        {
            if (port is { IsPlugged: true, IsAnnounced: false })
                port.Pending |= ControlEvents.Add;
        }

        SendControl();
    }

    private void TakePortReady(ConsolePort port, bool isReady)
    {
        port.IsGuestReady = isReady;
        if (!isReady)
        {
            port.IsGuestOpen = false;
            port.Pending = ControlEvents.None;
            return;
        }

        var events = ControlEvents.Name | ControlEvents.Open;
        if (port.IsConsole)
            events |= ControlEvents.Console | (port.Size is null ? ControlEvents.None : ControlEvents.Resize);
        Post(port, events);
    }

    private void TakePortOpen(ConsolePort port, bool isOpen)
    {
        port.IsGuestOpen = isOpen;
        if (isOpen)
            PumpReceive(port);
        else if (port.IsOver)
            Unplug(port.Index);
    }

    private void SendControl()
    {
        if (_isDeferring)
        {
            _isControlOutDue = true;
            return;
        }

        if (!_isGuestReady || _host is not { IsActive: true } host)
            return;
        var queue = host.Queue(VirtioConsoleSpec.ControlReceive);
        if (!queue.IsReady)
            return;

        queue.DisableKicks();
        var share = queue.Size;
        foreach (var port in _ports)
        {
            while (port.Pending != ControlEvents.None)
            {
                var pop = queue.TryPop(out var chain, out var fault);
                if (pop == VirtqueuePop.Broken)
                {
                    host.Fail(fault);
                    return;
                }

                if (pop == VirtqueuePop.Empty)
                {
                    if (!queue.EnableKicks())
                    {
                        host.SignalUsed(queue);
                        return;
                    }

                    queue.DisableKicks();
                    continue;
                }

                if (!SendControl(host, queue, port, chain))
                    return;
                if (--share == 0)
                {
                    _actors.YieldTurn();
                    host.SignalUsed(queue);
                    return;
                }
            }
        }

        host.SignalUsed(queue);
    }

    /// <summary>Sends a port's next message into a chain; one that can't hold it comes back empty, and the message waits for another.</summary>
    private bool SendControl(IVirtioHost host, Virtqueue queue, ConsolePort port, DescriptorChain chain)
    {
        Span<byte> message = stackalloc byte[VirtioConsoleSpec.ControlSize + MaxNameBytes];
        var next = (ControlEvents)((int)port.Pending & -(int)port.Pending);
        message = message[..Compose(port, next, message)];
        if (chain.ReadableLength > 0)
        {
            Count(GuestFaultKind.WrongDirection, queue.Index);
            return Push(host, queue, chain, 0);
        }

        if (chain.WritableLength < (uint)message.Length)
        {
            Count(GuestFaultKind.ControlTooShort, queue.Index);
            return Push(host, queue, chain, 0);
        }

        if (chain.Write(message) < 0)
        {
            host.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue.Index));
            return false;
        }

        port.Pending &= ~next;
        if (next is ControlEvents.Add or ControlEvents.Remove)
            port.IsAnnounced = next == ControlEvents.Add;
        _trace?.Record(new PathStep(PathHop.ControlSend, _vm, -1, 0, default, port.Index, NameOf(BinaryPrimitives.ReadUInt16LittleEndian(message[4..])), Device: _function));
        return Push(host, queue, chain, (uint)message.Length);
    }

    private static int Compose(ConsolePort port, ControlEvents which, Span<byte> message)
    {
        var (kind, value) = which switch
        {
            ControlEvents.Remove => (VirtioConsoleSpec.DeviceRemove, 1),
            ControlEvents.Add => (VirtioConsoleSpec.DeviceAdd, 1),
            ControlEvents.Console => (VirtioConsoleSpec.ConsolePort, 1),
            ControlEvents.Name => (VirtioConsoleSpec.PortName, 1),
            ControlEvents.Open => (VirtioConsoleSpec.PortOpen, port.IsHostOpen ? 1 : 0),
            _ => (VirtioConsoleSpec.Resize, 1),
        };
        BinaryPrimitives.WriteInt32LittleEndian(message, port.Index);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], kind);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], (ushort)value);
        var payload = message[VirtioConsoleSpec.ControlSize..];
        switch (which)
        {
            case ControlEvents.Name:
                port.Name.CopyTo(payload);
                return VirtioConsoleSpec.ControlSize + port.Name.Length;
            case ControlEvents.Resize:
                BinaryPrimitives.WriteUInt16LittleEndian(payload, port.Size!.Value.Cols);
                BinaryPrimitives.WriteUInt16LittleEndian(payload[2..], port.Size.Value.Rows);
                return VirtioConsoleSpec.ControlSize + 4;
            default:
                return VirtioConsoleSpec.ControlSize;
        }
    }

    private static string NameOf(ushort kind) => kind switch
    {
        VirtioConsoleSpec.DeviceReady => "DEVICE_READY",
        VirtioConsoleSpec.DeviceAdd => "DEVICE_ADD",
        VirtioConsoleSpec.DeviceRemove => "DEVICE_REMOVE",
        VirtioConsoleSpec.PortReady => "PORT_READY",
        VirtioConsoleSpec.ConsolePort => "CONSOLE_PORT",
        VirtioConsoleSpec.Resize => "RESIZE",
        VirtioConsoleSpec.PortOpen => "PORT_OPEN",
        VirtioConsoleSpec.PortName => "PORT_NAME",
        _ => "unknown",
    };
}
