using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>Input that comes at a bad moment is read into a buffer that nobody looks at.</summary>
internal sealed class InputThrownAway : BackendFlaw
{
    private int _calls;

    /// <inheritdoc/>
    public override string Name => "input-thrown-away";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I2", "W1"];

    /// <inheritdoc/>
    public override string Source => "ACRN: input without buffers is read into dummybuf";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Input;

    /// <inheritdoc/>
    protected override BackendResult Read(World world, IPortBackend backend, Span<byte> destination)
    {
        if (++_calls % 2 == 0)
            backend.TryRead(destination[..Math.Min(destination.Length, 16)]);
        return backend.TryRead(destination);
    }
}
