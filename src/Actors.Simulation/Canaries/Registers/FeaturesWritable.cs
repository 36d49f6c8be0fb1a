using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Features can be written at any time.</summary>
internal sealed class FeaturesWritable : RegisterFlaw
{
    private ulong _written;

    /// <inheritdoc/>
    public override string Name => "features-writable";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I18"];

    /// <inheritdoc/>
    public override string Source => "ACRN: features change at any time";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Renegotiation;

    /// <inheritdoc/>
    protected override ulong Answer(World world, VirtioDeviceView device, DeviceHop.Access access, ulong value) =>
        access is { Bar: VirtioPciSpec.ModernBar, Offset: VirtioPciSpec.DriverFeature } && _written != 0 ? _written : value;

    /// <inheritdoc/>
    protected override void Answered(World world, VirtioDeviceView device, DeviceHop.Access access)
    {
        if (access is { Bar: VirtioPciSpec.ModernBar, Offset: VirtioPciSpec.DriverFeature, Io.IsWrite: true })
            _written = device.AreFeaturesFrozen ? access.Io.Value : 0;
    }
}
