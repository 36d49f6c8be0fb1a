using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>What a backend refuses for the moment is thrown away, whatever the policy.</summary>
internal sealed class WouldBlockDropped : BackendFlaw
{
    private int _calls;

    /// <inheritdoc/>
    public override string Name => "would-block-dropped";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I1"];

    /// <inheritdoc/>
    public override string Source => "ACRN: EAGAIN drops data in silence";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data) =>
        ++_calls % 2 == 1 ? new BackendResult(BackendStatus.Done, data.Length) : backend.TryWrite(data);
}
