using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>A port that was restarted goes on beside its successor.</summary>
internal sealed class SupersededIncarnationWrites : BackendFlaw
{
    private int _calls;

    /// <inheritdoc/>
    public override string Name => "superseded-incarnation-writes";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I24"];

    /// <inheritdoc/>
    public override string Source => "mistake: no fence between an actor and the one that takes its place";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data)
    {
        // The first call is the successor's, the others the old one's again.
        var inner = (SimBackend)backend;
        var incarnation = ++_calls == 1 ? 2 : 1;
        world.Trace.Backend(new BackendEvent(inner.Vm, inner.Device, inner.Port, BackendEventKind.Accepted, data.Length, incarnation), data);
        return new BackendResult(BackendStatus.Done, data.Length);
    }
}
