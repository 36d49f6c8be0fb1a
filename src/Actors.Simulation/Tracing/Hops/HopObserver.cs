using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Gives the events of a world to somebody, typed and numbered. Changes nothing: a world's trace is the same with it and without.</summary>
/// <param name="take">Takes each, on the world's thread; must not act on the world.</param>
public sealed class HopObserver(Action<HopEvent> take) : WorldObserver
{
    private World _world = null!;
    private long _sequence;

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Path | WorldInterest.Slot | WorldInterest.Backend | WorldInterest.Fault | WorldInterest.Life;

    /// <inheritdoc/>
    public override void OnBegin(World world) => _world = world;

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step) => Take(moment, HopEventMaker.Of(step));

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step) => Take(moment, HopEventMaker.Of(step));

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data) => Take(moment, HopEventMaker.Of(happened, data));

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault) => Take(moment, HopEventMaker.Of(fault, _world.Plan) with { Target = NameOf(fault.Target) ?? NameOf(moment.Actor) });

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step) => Take(moment, HopEventMaker.Of(step));

    private string? NameOf(int actor) => actor < 0 ? null : _world.Trace.ActorName(actor) is var name and not "-" ? name : null;

    private void Take(in Moment moment, HopEvent happened) => take(happened with
    {
        Sequence = ++_sequence, Time = TimeSpan.FromTicks(moment.Ticks), Source = new HopSource(happened.Source.Report, moment.Cause),
    });
}
