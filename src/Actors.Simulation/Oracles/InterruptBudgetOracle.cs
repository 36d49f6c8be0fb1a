namespace Actors.Simulation;

/// <summary>
/// I15: between two interrupts of a vector a buffer of its queues is used, so that there are never more interrupts than used buffers. A restarted device may raise one more for each
/// queue, since it can't know whether the one before did; with its pin it may raise one for the configuration, which looks alike, after each reset.
/// </summary>
internal sealed class InterruptBudgetOracle : InterruptView
{
    private const int MaxQueues = 40;

    private bool _configurationChanges;

    /// <inheritdoc/>
    public override string Id => "I15";

    /// <inheritdoc/>
    public override string Statement => "There are no more interrupts than used buffers and changes of the configuration.";

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        OnPlan(world.Plan);
    }

    /// <inheritdoc/>
    public override void OnPlan(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var rule in plan.Faults)
            _configurationChanges |= rule.Row is "F08" or "F12" or "F68";
    }

    /// <inheritdoc/>
    public override void OnUsed(in Moment moment, VirtioQueueView queue, VirtioChainView? chain, uint head, uint length) 
    {
        if (queue.Index < MaxQueues)
            Of(queue.Device).Used[queue.Index]++;
    }

    /// <inheritdoc/>
    protected override void Raised(in Moment moment, DeviceInterrupts device, uint? data, bool isOfConfiguration)
    {
        if (isOfConfiguration || (_configurationChanges && data is null))
            return;
        var queues = 0;
        var used = 0L;
        foreach (var queue in device.View.Queues)
        {
            if (queue is not { Index: < MaxQueues })
                continue;
            queues++;
            if (data is { } value && !device.Msix.IsOf(queue.Index, value))
                continue;
            used += device.Used[queue.Index];
            device.Used[queue.Index] = 0;
        }

        if (used != 0)
            return;
        device.Extra++;
        var budget = (device.Restarts * queues) + device.Resets + 1;
        if (device.Extra > budget)
            Violate(moment, $"vm {device.View.Vm.Value}, device {device.View.Function}: {device.Extra} interrupts without a used buffer since the one before, with {device.Restarts} restarts and {device.Resets} resets");
    }

    /// <inheritdoc/>
    public override bool Applies(Plan plan)
    {
        // Spurious interrupts look like the device's own.
        foreach (var rule in plan.Faults)
        {
            if (rule.Row == "F03")
                return false;
        }

        return true;
    }
}
