using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A queue is looked at as soon as it is enabled.</summary>
internal sealed class RamBeforeDriverOk : RegisterFlaw
{
    /// <inheritdoc/>
    public override string Name => "ram-before-driver-ok";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I13"];

    /// <inheritdoc/>
    public override string Source => "ACRN: buffers are processed before DRIVER_OK";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override void Answered(World world, VirtioDeviceView device, DeviceHop.Access access)
    {
        if (device.Selected is { IsLive: true } queue && !device.MayTouchRam && access.Io.IsWrite)
            new SimMemory(world, device.Vm, MemoryUser.Device, world.Ram.Find(device.Vm)!).TryReadUInt16(queue.Available + VirtioSpec.AvailIndex, out _);
    }
}
