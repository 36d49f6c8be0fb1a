using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Counts in which state of the protocol faults fire. With several vCPUs, devices or queues the state is that of the one that moved last.</summary>
internal sealed class CoverageObserver(CoverageMatrix matrix) : WorldObserver
{
    private const long LegacyStatus = 18;

    private int _slot;
    private int _status = CoverageMatrix.FirstStatus;
    private int _queue = CoverageMatrix.FirstQueue;

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Fault | WorldInterest.Slot | WorldInterest.Path;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        _slot = 0;
        _status = CoverageMatrix.FirstStatus;
        _queue = CoverageMatrix.FirstQueue;
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step) => _slot = step.To switch
    {
        IoRequestSlotState.Pending => 1,
        IoRequestSlotState.Processing => 2,
        IoRequestSlotState.Complete => 3,
        _ => 0,
    };

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        switch (step.Hop)
        {
            case PathHop.VirtioPciWrite when step.Access.Size == 1 && step.Detail is VirtioPciSpec.DeviceStatus or LegacyStatus:
                _status = CoverageMatrix.FirstStatus + StatusOf(step.Access.Value);
                break;
            case PathHop.NotifyTx or PathHop.NotifyRx or PathHop.NotifyQueue or PathHop.IothreadHandler:
                _queue = CoverageMatrix.FirstQueue + 1;
                break;
            case PathHop.BackendWrite:
                _queue = CoverageMatrix.FirstQueue + 2;
                break;
            case PathHop.EndChains:
                _queue = CoverageMatrix.FirstQueue + 3;
                break;
            case PathHop.DeviceInterrupt or PathHop.InjectInterrupt:
                _queue = CoverageMatrix.FirstQueue + 4;
                break;
            case PathHop.BackendRead:
                _queue = CoverageMatrix.FirstQueue + 5;
                break;
            case PathHop.VcpuInterrupt:
                _queue = CoverageMatrix.FirstQueue;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault)
    {
        if (fault.Kind != FaultEventKind.Fired)
            return;
        matrix.Count(fault.Rule, _slot);
        matrix.Count(fault.Rule, _status);
        matrix.Count(fault.Rule, _queue);
    }

    private static int StatusOf(ulong value) =>
        (value & VirtioSpec.StatusDriverOk) != 0 ? 3 : (value & VirtioSpec.StatusFeaturesOk) != 0 ? 2 : value != 0 ? 1 : 0;
}
