using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>The mistake of a real product, made again: what a museum piece must fail on.</summary>
/// <param name="name">Name, as in the piece's <c>naive</c>.</param>
/// <param name="piece">Name of the piece among the plans in the box.</param>
/// <param name="caughtBy">Ids of the oracles that may catch it.</param>
internal abstract class MuseumFlaw(string name, string piece, params string[] caughtBy) : Flaw
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => caughtBy;

    /// <inheritdoc/>
    public override string Source => Plan.Museum ?? piece;

    /// <inheritdoc/>
    public override Plan Plan => ShippedPlans.Find(piece);
}

/// <summary>A backend of which one thing is wrong; the rest is the inner one's.</summary>
internal abstract class FlawedBackend(IPortBackend inner) : IPortBackend
{
    /// <inheritdoc/>
    public string? Notice => inner.Notice;

    /// <inheritdoc/>
    public virtual bool IsConnected => inner.IsConnected;

    /// <inheritdoc/>
    public virtual BackendResult TryWrite(ReadOnlySpan<byte> data) => inner.TryWrite(data);

    /// <inheritdoc/>
    public virtual BackendResult TryRead(Span<byte> destination) => inner.TryRead(destination);

    /// <inheritdoc/>
    public virtual void Arm(BackendInterest interest) => inner.Arm(interest);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
