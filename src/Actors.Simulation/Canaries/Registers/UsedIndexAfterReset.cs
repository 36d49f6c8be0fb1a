using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A completion that was under way at a reset is written when the driver thinks that all is quiet.</summary>
internal sealed class UsedIndexAfterReset : RegisterFlaw
{
    private int _resets;

    /// <inheritdoc/>
    public override string Name => "used-index-after-reset";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I19", "I13", "I12"];

    /// <inheritdoc/>
    public override string Source => "mistake: a reset doesn't wait for what is under way";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Resets;

    /// <inheritdoc/>
    protected override void Answered(World world, VirtioDeviceView device, DeviceHop.Access access)
    {
        if (device.Resets == _resets)
            return;
        _resets = device.Resets;
        foreach (var queue in device.Queues)
        {
            if (queue is { HasPlace: true, UsedCount: > 0 })
                new SimMemory(world, device.Vm, MemoryUser.Device, world.Ram.Find(device.Vm)!).TryWriteUInt16(queue.Used + VirtioSpec.UsedIndex, queue.UsedIndex);
        }
    }
}
