using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Tells the fault plane of slots' edges, when a rule asks how far a request is.</summary>
internal sealed class SlotWatch(FaultPlane faults) : WorldObserver
{
    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot;

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step) => faults.AtSlot(step);
}
