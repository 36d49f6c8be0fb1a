using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A device that crashed is restarted, and nobody says so.</summary>
internal sealed class CrashNotAnnounced : Flaw
{
    /// <inheritdoc/>
    public override string Name => "crash-not-announced";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["L6"];

    /// <inheritdoc/>
    public override string Source => "A supervisor that restarts in silence";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]).With(
        new FaultRule { Id = "crash", Row = "F35", Site = CrashSite.AfterUsedIndex.Name, Do = "crash", Nth = 3, Times = 1 });

    /// <inheritdoc/>
    public override PathTrace Trace(World world, PathTrace trace) => new Silent(trace);

    private sealed class Silent(PathTrace inner) : PathTrace
    {
        public override void Record(in PathStep step) => inner.Record(step);

        public override void Record(in SlotStep step) => inner.Record(step);

        public override void Record(in DropStep step) => inner.Record(step);
    }
}
