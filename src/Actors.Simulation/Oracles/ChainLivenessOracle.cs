using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>L3: what is available comes back.</summary>
internal sealed class ChainLivenessOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "L3";

    /// <inheritdoc/>
    public override string Statement =>
        "Within T3 after the heal every chain with output is used, and every chain for input while there is input; unless the device needs a reset or nobody is at the backend's end.";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.None;

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        var ports = World.Ports;
        foreach (var device in Model.Devices)
        {
            if (!device.MayTouchRam || (device.Status & VirtioSpec.StatusFailed) != 0 || World.IsOver(device.Vm.Value))
                continue;
            foreach (var queue in device.Queues)
            {
                if (queue is not { IsLive: true, IsConfirmed: true, IsMisused: false, Unused: > 0 })
                    continue;
                var port = ports.PortOf(queue);
                if (IsOwed(device, queue, port))
                    Violate(moment, $"{Name(queue)}: {queue.Unused} chains are available and not used, {(World.Now - World.HealedAt).TotalSeconds:0.###} s after the heal{Input(queue, port)}");
            }
        }
    }

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        _ = world.Ports;
        base.OnBegin(world);
    }

    private static bool IsOwed(VirtioDeviceView device, VirtioQueueView queue, PortView? port)
    {
        if (port is null)
            return device.IsMultiport && queue.Index == VirtioConsoleSpec.ControlTransmit;
        if (queue == port.Transmit)
            return port is { IsConnected: true } || !port.IsLossless;
        return (port.IsGuestOpen || !device.IsMultiport) && port.Fed > port.Delivered && !port.HasFailed;
    }

    private static string Input(VirtioQueueView queue, PortView? port) =>
        port is not null && queue == port.Receive ? $", {port.Fed - port.Delivered} bytes of input wait" : string.Empty;
}
