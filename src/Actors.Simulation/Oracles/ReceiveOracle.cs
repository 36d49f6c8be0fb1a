namespace Actors.Simulation;

/// <summary>I2: what a guest gets on a port is the backend's input, in order and each byte once, less what the report at the end says was left over.</summary>
internal sealed class ReceiveOracle : Oracle, IPortListener
{
    private PortLedger _ledger = null!;

    /// <inheritdoc/>
    public override string Id => "I2";

    /// <inheritdoc/>
    public override string Statement => "The bytes in a guest's used receive buffers are those that the backend gave, in order and each once; what was read and not delivered is reported.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.None;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _ledger = world.Ports;
        _ledger.Subscribe(this);
    }

    /// <inheritdoc/>
    public void OnWrongInput(in Moment moment, PortView port, long position, int length) =>
        Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: the {length} bytes of input from {position} on that the guest got are not those that the backend gave ({port.Input.End} so far)");

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        foreach (var port in _ledger.Ports)
        {
            if (_ledger.ReportOf(port) is { } report && port.Input.End - port.Delivered != report.InputDropped)
            {
                Violate(
                    moment,
                    $"vm {port.Vm.Value}, port {port.Index}: of {port.Input.End} bytes of input the guest got {port.Delivered}, and the report says that {report.InputDropped} were left over");
            }
        }
    }
}
