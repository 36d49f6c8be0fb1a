using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>After an interruption bytes are written once more that the backend had taken.</summary>
internal sealed class WriteRepeated : BackendFlaw
{
    private int _calls;

    /// <inheritdoc/>
    public override string Name => "write-repeated";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I1"];

    /// <inheritdoc/>
    public override string Source => "mistake: a retry begins before what was accepted";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data)
    {
        var result = backend.TryWrite(data);
        if (++_calls == 2)
            backend.TryWrite(data[..Math.Min(4, data.Length)]);
        return result;
    }
}
