using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>Output is accepted without a bound and written some time.</summary>
internal sealed class UnboundedBuffer : BackendFlaw
{
    private const int Enough = 10 * 1024;

    private readonly List<byte> _held = [];

    /// <inheritdoc/>
    public override string Name => "unbounded-buffer";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I21", "I1"];

    /// <inheritdoc/>
    public override string Source => "CVE-2016-5403, CVE-2020-27174: memory that grows with what a guest sends";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Output;

    /// <inheritdoc/>
    protected override BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data)
    {
        _held.AddRange(data);
        if (_held.Count >= Enough)
        {
            backend.TryWrite([.. _held]);
            _held.Clear();
        }

        return new BackendResult(BackendStatus.Done, data.Length);
    }
}
