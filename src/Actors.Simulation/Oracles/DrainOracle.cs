namespace Actors.Simulation;

/// <summary>L4: what was sent arrives.</summary>
internal sealed class DrainOracle : Oracle
{
    private PortLedger _ledger = null!;

    /// <inheritdoc/>
    public override string Id => "L4";

    /// <inheritdoc/>
    public override string Statement => "Within T4 after the heal all bytes of the chains that a device took are at the backend, or dropped with notice, while somebody is there to take them.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.None;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _ledger = world.Ports;
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        foreach (var port in _ledger.Ports)
        {
            if (port is not { IsLost: false, IsConnected: true, IsClosed: false, HasFailed: false, Stream: { IsFenced: false } stream } || World.IsOver(port.Vm.Value))
                continue;
            var missing = Math.Max(stream.Taken, stream.Returned) - port.Position;
            if (missing > 0 && port.Transmit is { IsMisused: false, Device.MayTouchRam: true })
                Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: {missing} of {stream.Taken} bytes have not arrived, {(World.Now - World.HealedAt).TotalSeconds:0.###} s after the heal");
        }
    }
}
