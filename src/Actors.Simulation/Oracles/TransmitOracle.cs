using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I1: what comes out of a port is what its guest sent, in order, less what the port's policy dropped with notice.</summary>
internal sealed class TransmitOracle : Oracle, IPortListener
{
    private readonly Dictionary<(int Vm, ushort Device, int Port), StreamRules> _streams = [];
    private PortLedger _ledger = null!;
    private bool _isByContent;

    /// <inheritdoc/>
    public override string Id => "I1";

    /// <inheritdoc/>
    public override string Statement =>
        "What a port's backend takes is what the guest's buffers hold, in order and each byte once, less the runs that the port says it dropped; in the end nothing of a used buffer is missing.";

    /// <inheritdoc/>
    public override WorldInterest Interest => _isByContent ? WorldInterest.Backend : WorldInterest.None;

    /// <inheritdoc/>
    public override bool Applies(Plan plan)
    {
        _isByContent = IsByContent(plan);
        return true;
    }

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _ledger = world.Ports;
        _ledger.Subscribe(this);
    }

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        // What a workload of somebody's own sends is known to nobody.
        if (!_isByContent || World.Request.Workload is not null || happened.Kind != BackendEventKind.Accepted)
            return;
        var (vm, device, port) = (World.Cluster!.VmOf(happened.Vm.Value), happened.Device.RequesterId, happened.Port);
        if (!_streams.TryGetValue((vm, device, port), out var stream))
            _streams.Add((vm, device, port), stream = new StreamRules(vm, static (bytes, machine, position) => BytePattern.Fill(bytes, BytePattern.OutputOf(machine, 0, 0), position)));
        if (stream.Take(happened.Token, happened.Vm.Value, data) is { } wrong)
            Violate(moment, wrong);
    }

    /// <inheritdoc/>
    public void OnWrongOutput(in Moment moment, PortView port, long position, int got, int expected) =>
        Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: byte {position} that came out is 0x{got:x2}, {(expected < 0 ? "but the guest has sent no more" : $"the guest sent 0x{expected:x2}")}");

    /// <inheritdoc/>
    public void OnDropped(in Moment moment, PortView port, int length, DropReason reason)
    {
        if (port.IsLossless && reason is DropReason.BufferFull or DropReason.Policy)
            Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: {length} bytes were dropped ({reason}) although the policy is block");
        else if (reason == DropReason.BackendFailed && !port.HasFailed)
            Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: {length} bytes were dropped as if the backend had failed, and it has not");
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        foreach (var port in _ledger.Ports)
        {
            if (_ledger.ReportOf(port) is { } report && report.Written != port.Accepted)
                Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: {port.Accepted} bytes came out, the report says {report.Written}");
            if (port is { IsLost: false, IsMisused: false, Stream: { IsFenced: false } stream } && port.Position < stream.Returned && port.IsConnected && (port.IsLossless || port.Dropped == 0))
                Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: of {stream.Returned} bytes in used buffers the last {stream.Returned - port.Position} never came out");
        }
    }

    /// <summary>Whether what guests send is known without a look into their rings: of a cluster's workload, where nothing turns bits in RAM or in the middle of a machine.</summary>
    private static bool IsByContent(Plan plan) =>
        plan.Topology.Nodes > 1
        && plan.Faults.All(static fault => fault.Site is FaultSites.Node or FaultSites.Network or FaultSites.Decision)
        && plan.Topology.Devices.All(static device => device.Policy is { Kind: PortPolicyKind.Block });
}
