using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>Guest to backend: transmit queues, and emergency writes.</content>
internal sealed partial class VirtioConsole
{
    /// <summary>Backends have all output that ports took, as far as these told.</summary>
    public override bool IsFlushed
    {
        get
        {
            foreach (var port in _ports)
            {
                if (port.Transmit.IsOutstanding || port.Counts.Front != port.Counts.Accepted)
                    return false;
            }

            return _ports[0].Counts.EmergenciesDone >= _emergencySent;
        }
    }

    private void PumpTransmit(ConsolePort port)
    {
        if (_isDeferring)
        {
            _transmitDue |= 1u << port.Index;
            return;
        }

        if (!port.IsAttached || _host is not { IsActive: true } host)
            return;
        var queue = host.Queue(VirtioConsoleSpec.TransmitQueueOf(port.Index));
        if (!queue.IsReady)
            return;

        var transmit = port.Transmit;
        var isAlive = CompleteTransmit(host, queue, transmit);
        if (isAlive && !IsDraining && (transmit.Current is not null || transmit.Room > 0))
        {
            queue.DisableKicks();
            isAlive = ReadChains(host, queue, port);
            transmit.EndBatches();
            if (isAlive)
                isAlive = CompleteTransmit(host, queue, transmit);
        }

        if (isAlive)
            host.SignalUsed(queue);
        if (transmit.IsOutstanding)
            _actors.Watch();
    }

    /// <summary>Takes chains while the window has room. False when the device broke.</summary>
    private bool ReadChains(IVirtioHost host, Virtqueue queue, ConsolePort port)
    {
        var transmit = port.Transmit;
        for (var share = queue.Size; ;)
        {
            if (transmit.Current is null)
            {
                if (transmit.Room <= 0)
                {
                    // Kicks stay off: the port's answer goes on.
                    SendBatch(port);
                    return true;
                }

                if (share-- == 0)
                {
                    SendBatch(port);
                    _actors.YieldTurn();
                    return true;
                }

                var pop = queue.TryPop(out var chain, out var fault);
                if (pop == VirtqueuePop.Broken)
                {
                    SendBatch(port);
                    host.Fail(fault);
                    return false;
                }

                if (pop == VirtqueuePop.Empty)
                {
                    if (queue.EnableKicks())
                    {
                        queue.DisableKicks();
                        continue;
                    }

                    SendBatch(port);
                    return true;
                }

                Admit(port, chain);
                continue;
            }

            var count = transmit.ReadCurrent();
            if (count < 0)
            {
                SendBatch(port);
                host.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue.Index));
                return false;
            }

            if (count == 0 && transmit.Current.ReadableLeft > 0 && !transmit.IsBatchFull)
            {
                // The rest is on its way from the guest's node, and goes on when it is here.
                SendBatch(port);
                return true;
            }

            if (transmit.Current.ReadableLeft == 0)
            {
                transmit.Await(transmit.Current);
                transmit.Current = null;
            }

            if (transmit.IsBatchFull || transmit.Room <= 0)
            {
                SendBatch(port);
                if (transmit.Room <= 0)
                    return true;
            }
        }
    }

    private void Admit(ConsolePort port, DescriptorChain chain)
    {
        if (chain.WritableLength > 0)
        {
            Count(GuestFaultKind.WrongDirection, VirtioConsoleSpec.TransmitQueueOf(port.Index));
            port.Transmit.Await(chain);
        }
        else if (!port.IsPlugged)
        {
            port.Transmit.Await(chain, toNobody: (long)Math.Min(chain.ReadableLength, long.MaxValue / 2));
        }
        else if (chain.ReadableLength == 0)
        {
            port.Transmit.Await(chain);
        }
        else
        {
            port.Transmit.Current = chain;
        }
    }

    private void SendBatch(ConsolePort port)
    {
        if (port.Transmit.TakeBatch(port.Epoch, _incarnation) is not { } write)
            return;
        Touch(port.Index);
        _actors.Send(port.Index, write);
    }

    private bool CompleteTransmit(IVirtioHost host, Virtqueue queue, ConsoleTransmit transmit)
    {
        var count = 0;
        while (transmit.TryComplete(out var chain))
        {
            if (!Push(host, queue, chain, 0))
                return false;
            count++;
        }

        TraceEndChains(queue, count);
        return true;
    }

    private static bool Push(IVirtioHost host, Virtqueue queue, DescriptorChain chain, uint written)
    {
        if (queue.Push(chain, written))
            return true;
        host.Fail(new GuestFault(GuestFaultKind.RingOutsideRam, queue.Index));
        return false;
    }

    private void TraceEndChains(Virtqueue queue, int count)
    {
        if (count > 0)
            _trace?.Record(new PathStep(PathHop.EndChains, _vm, -1, 0, default, queue.Index, Device: _function));
    }

    private void EmergencyWrite(byte value)
    {
        if (_ports[0].IsForgotten || _emergencySent - _emergencyTaken >= EmergencyWindow)
        {
            EmergencyDropped++;
            return;
        }

        _emergency ??= new byte[EmergencyWindow];
        _emergencySent++;
        _emergency[_emergencySent % EmergencyWindow] = value;
        _actors.Send(0, new PortHop.Emergency(_emergencySent, value, _incarnation));
        _actors.Watch();
    }
}
