using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>What a backend doesn't take of a write is forgotten.</summary>
internal sealed class ShortWriteTailLost : BackendFlaw
{
    /// <inheritdoc/>
    public override string Name => "short-write-tail-lost";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I1"];

    /// <inheritdoc/>
    public override string Source => "ACRN: a short write loses the rest";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data)
    {
        var result = backend.TryWrite(data[..Math.Max(1, data.Length / 2)]);
        return result.Status == BackendStatus.Done ? result with { Count = data.Length } : result;
    }
}
