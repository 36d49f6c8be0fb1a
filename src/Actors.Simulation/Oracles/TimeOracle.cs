namespace Actors.Simulation;

/// <summary>I28: virtual time never goes back.</summary>
internal sealed class TimeOracle : Oracle
{
    private long _last;

    /// <inheritdoc/>
    public override string Id => "I28";

    /// <inheritdoc/>
    public override string Statement => "Virtual time never goes back.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Step;

    /// <inheritdoc/>
    public override void OnStep(in Moment moment)
    {
        if (moment.Ticks < _last)
            Violate(moment, $"time went back by {_last - moment.Ticks} ticks, from {_last} to {moment.Ticks}");
        _last = moment.Ticks;
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase) => OnStep(moment);
}
