using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>A port that waits for its backend is never told that it may go on.</summary>
internal sealed class WriteWakeupLost : BackendFlaw
{
    private int _calls;

    /// <inheritdoc/>
    public override string Name => "write-wakeup-lost";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["L4", "L3", "W1"];

    /// <inheritdoc/>
    public override string Source => "mistake: readiness is asked for once and then forgotten";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data) =>
        ++_calls >= 2 ? new BackendResult(BackendStatus.WouldBlock) : backend.TryWrite(data);

    /// <inheritdoc/>
    protected override void Arm(IPortBackend backend, BackendInterest interest) => backend.Arm(interest & ~BackendInterest.Write);
}
