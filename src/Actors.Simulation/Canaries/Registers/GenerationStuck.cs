using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The configuration changes and its generation doesn't.</summary>
internal sealed class GenerationStuck : RegisterFlaw
{
    private ulong _reads;

    /// <inheritdoc/>
    public override string Name => "generation-stuck";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I16"];

    /// <inheritdoc/>
    public override string Source => "ACRN: the generation changes only under DRIVER_OK";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Resets;

    /// <inheritdoc/>
    protected override ulong Answer(World world, VirtioDeviceView device, DeviceHop.Access access, ulong value) =>
        access is { Bar: VirtioPciSpec.ModernBar, Offset: >= VirtioPciSpec.DeviceOffset and < VirtioPciSpec.NotifyOffset } ? value + (_reads++ % 2) : value;
}
