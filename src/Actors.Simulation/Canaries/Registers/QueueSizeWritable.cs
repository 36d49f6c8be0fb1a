using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The size of a queue can be changed while it is in use.</summary>
internal sealed class QueueSizeWritable : RegisterFlaw
{
    private ulong _written;

    /// <inheritdoc/>
    public override string Name => "queue-size-writable";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I18"];

    /// <inheritdoc/>
    public override string Source => "Firecracker CVE-2026-5747: queue size changed after activation";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.LiveResize;

    /// <inheritdoc/>
    protected override ulong Answer(World world, VirtioDeviceView device, DeviceHop.Access access, ulong value) =>
        access is { Bar: VirtioPciSpec.ModernBar, Offset: VirtioPciSpec.QueueSize } && device.Selected.IsLive && _written != 0 ? _written : value;

    /// <inheritdoc/>
    protected override void Answered(World world, VirtioDeviceView device, DeviceHop.Access access)
    {
        if (access is { Bar: VirtioPciSpec.ModernBar, Offset: VirtioPciSpec.QueueSize, Io.IsWrite: true })
            _written = access.Io.Value;
    }
}
