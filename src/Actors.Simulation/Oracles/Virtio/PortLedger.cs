using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Keeps the books of all ports of a world: which bytes the guests gave to them and got from them, by the virtqueues, and which their backends took and gave.
/// Made once a run and shared by its oracles.
/// </summary>
internal sealed class PortLedger : WorldObserver, IVirtioListener
{
    private readonly List<IPortListener> _listeners = [];
    private readonly List<PortView> _ports = [];
    private World _world = null!;

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Backend;

    /// <inheritdoc/>
    public VirtioInterest Wants => VirtioInterest.Access | VirtioInterest.Taken | VirtioInterest.Used | VirtioInterest.Register | VirtioInterest.Reset;

    /// <summary>The ports that something went through so far.</summary>
    public IReadOnlyList<PortView> Ports => _ports;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        _world = world;
        world.Virtio.Subscribe(this);
    }

    /// <summary>An oracle wants to hear.</summary>
    public void Subscribe(IPortListener listener) => _listeners.Add(listener);

    /// <summary>The port of a queue; null for one that carries no data.</summary>
    public PortView? PortOf(VirtioQueueView queue)
    {
        if (queue.Port is { } known)
            return known;
        var index = queue.Device.PortOf(queue.Index, out var isTransmit);
        if (index < 0 || Find(queue.Device.Vm, queue.Device.Function, index) is not { } port)
            return null;
        queue.Port = port;
        if (isTransmit)
            port.Transmit = queue;
        else
            port.Receive = queue;
        return port;
    }

    /// <inheritdoc/>
    public void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (access.Area != RingArea.Readable || access.Access.IsWrite || access.Access.IsRefused || access.IsStale || access.Chain is not { IsOutstanding: true } chain)
            return;
        if (PortOf(chain.Queue) is not { } port)
        {
            if (chain.Queue.Index == VirtioConsoleSpec.ControlTransmit && access.Offset == 0)
                TakeControl(chain.Queue.Device, data);
            return;
        }

        if (chain.Writable == 0 && port.Transmit == chain.Queue)
            port.StreamOf(chain.Life).Put(chain.StreamStart + access.Offset, data);
    }

    /// <inheritdoc/>
    public void OnTaken(in Moment moment, VirtioQueueView queue, VirtioChainView chain)
    {
        if (chain.Writable == 0 && PortOf(queue) is { } port && port.Transmit == queue)
            port.StreamOf(chain.Life).Taken = queue.StreamEnd;
    }

    /// <inheritdoc/>
    public void OnUsed(in Moment moment, VirtioQueueView queue, VirtioChainView? chain, uint head, uint length)
    {
        if (chain is null || PortOf(queue) is not { } port)
            return;
        if (port.Transmit == queue)
        {
            if (chain.Writable == 0 && chain.Readable > 0)
                Return(moment, port, chain);
        }
        else if (length > 0)
        {
            Deliver(moment, port, chain.Data((int)Math.Min(length, chain.Written)));
        }
    }

    /// <inheritdoc/>
    public void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected)
    {
        if (!access.IsWrite)
            return;

        // In the legacy window the device configuration begins at 0x14 or, with MSI-X, at 0x18: what was none is never matched.
        switch (access.Window)
        {
            case RegisterWindowKind.Device:
                TryEmergency(device, access, VirtioConsoleSpec.ConfigEmergencyWrite);
                break;
            case RegisterWindowKind.Other:
                TryEmergency(device, access, VirtioPciSpec.LegacyDeviceConfig + VirtioConsoleSpec.ConfigEmergencyWrite);
                TryEmergency(device, access, VirtioPciSpec.LegacyDeviceConfigMsix + VirtioConsoleSpec.ConfigEmergencyWrite);
                break;
        }
    }

    private void TryEmergency(VirtioDeviceView device, in RegisterAccess access, uint place)
    {
        if (access.Offset <= place && place < access.Offset + (uint)access.Size)
            Find(device.Vm, device.Function, 0)?.AddEmergency((byte)(access.Value >> (8 * (int)(place - access.Offset))));
    }

    /// <inheritdoc/>
    public void OnReset(in Moment moment, VirtioDeviceView device, VirtioQueueView? queue)
    {
        foreach (var port in _ports)
        {
            if (port.Vm != device.Vm || port.Device != device.Function)
                continue;
            if (queue is null)
                port.IsGuestOpen = false;
            if ((queue is null || queue == port.Transmit) && port.Stream is { } stream)
                stream.IsFenced = true;
        }

        if (queue is not null)
        {
            queue.Port = null;
            return;
        }

        foreach (var one in device.Queues)
        {
            if (one is not null)
                one.Port = null;
        }
    }

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        if (Find(happened.Vm, happened.Device, happened.Port) is not { } port)
            return;
        switch (happened.Kind)
        {
            case BackendEventKind.Accepted:
                if (!port.Accept(data, out var isLate, out var position, out var expected))
                {
                    if (port.IsMisused)
                        break;
                    var got = (int)(position - (port.Accepted - data.Length)) is var at && at < data.Length ? data[at] : -1;
                    foreach (var listener in _listeners)
                        listener.OnWrongOutput(moment, port, position, got, expected);
                }
                else if (isLate && !port.IsMisused)
                {
                    foreach (var listener in _listeners)
                        listener.OnLateOutput(moment, port, data.Length);
                }

                break;
            case BackendEventKind.Given:
                port.Input.Append(data);
                break;
            case BackendEventKind.Fed:
                port.Fed += happened.Count;
                break;
            case BackendEventKind.DroppedOutput:
                port.Drop(happened.Count, happened.Position < 0, happened.Reason == DropReason.DeviceReset);
                foreach (var listener in _listeners)
                    listener.OnDropped(moment, port, happened.Count, happened.Reason);
                break;
            case BackendEventKind.Connected:
                port.IsConnected = true;
                break;
            case BackendEventKind.Disconnected:
                port.IsConnected = false;
                break;
            case BackendEventKind.Failed or BackendEventKind.Fenced:
                port.HasFailed = true;
                break;
            case BackendEventKind.Closed:
                port.IsClosed = true;
                break;
        }
    }

    /// <summary>What the report of a VM that ended says about a port, or null.</summary>
    public PortReport? ReportOf(PortView port)
    {
        if (port.Spec is not { } spec || !_world.Ended.TryGetValue(port.Vm.Value, out var ended))
            return null;
        foreach (var report in ended.Ports)
        {
            if (report.Name == spec.Name)
                return report;
        }

        return null;
    }

    private void Return(in Moment moment, PortView port, VirtioChainView chain)
    {
        var stream = port.StreamOf(chain.Life);
        if (chain.Read == 0)
            stream.Leave(chain.StreamStart, chain.Readable);
        stream.Returned = Math.Max(stream.Returned, chain.StreamStart + chain.Readable);
        foreach (var listener in _listeners)
            listener.OnReturned(moment, port, chain);
    }

    private void Deliver(in Moment moment, PortView port, ReadOnlySpan<byte> data)
    {
        var from = port.Delivered;
        port.Delivered += data.Length;
        if (port.IsMisused || port.Input.Match(from, data) >= 0)
        {
            port.Input.Forget(port.Delivered);
            return;
        }

        foreach (var listener in _listeners)
            listener.OnWrongInput(moment, port, from, data.Length);
    }

    private void TakeControl(VirtioDeviceView device, ReadOnlySpan<byte> message)
    {
        if (message.Length < VirtioConsoleSpec.ControlSize || BinaryPrimitives.ReadUInt16LittleEndian(message[4..]) != VirtioConsoleSpec.PortOpen)
            return;
        var index = BinaryPrimitives.ReadUInt32LittleEndian(message);
        if (index < VirtioConsoleSpec.MaxPorts && Find(device.Vm, device.Function, (int)index) is { } port)
            port.IsGuestOpen = BinaryPrimitives.ReadUInt16LittleEndian(message[6..]) == 1;
    }

    private PortView? Find(VmId vm, Bdf device, int index)
    {
        foreach (var known in _ports)
        {
            if (known.Index == index && known.Vm == vm && known.Device == device)
                return known;
        }

        var spec = SpecOf(vm, device, index, out var isThere);
        if (!isThere)
            return null;
        var port = new PortView(vm, device, index, spec);
        _ports.Add(port);
        return port;
    }

    private ConsolePortSpec? SpecOf(VmId vm, Bdf device, int index, out bool isThere)
    {
        isThere = true;
        foreach (var machine in _world.Machines)
        {
            if (machine.Vm != vm)
                continue;
            foreach (var one in machine.Devices)
            {
                if (one.Function != device)
                    continue;
                isThere = index < one.Ports.Length;
                return isThere ? one.Ports[index] : null;
            }
        }

        return null;
    }
}

/// <summary>Somebody who listens to <see cref="PortLedger"/>.</summary>
internal interface IPortListener
{
    /// <summary>A backend took bytes that are not what comes next in its guest's stream.</summary>
    /// <param name="moment">When.</param>
    /// <param name="port">Which port.</param>
    /// <param name="position">Position in the backend's output of the first byte that is wrong.</param>
    /// <param name="got">That byte, or -1.</param>
    /// <param name="expected">The byte that the guest sent, or -1 when the device had not read one.</param>
    void OnWrongOutput(in Moment moment, PortView port, long position, int got, int expected)
    {
    }

    /// <summary>A backend took bytes of a life of the queue that is over, from buffers that were never given back.</summary>
    void OnLateOutput(in Moment moment, PortView port, int length)
    {
    }

    /// <summary>A port said that it dropped output.</summary>
    void OnDropped(in Moment moment, PortView port, int length, DropReason reason)
    {
    }

    /// <summary>A buffer with output was given back.</summary>
    void OnReturned(in Moment moment, PortView port, VirtioChainView chain)
    {
    }

    /// <summary>A used buffer's bytes are not what comes next in the backend's input.</summary>
    void OnWrongInput(in Moment moment, PortView port, long position, int length)
    {
    }
}
