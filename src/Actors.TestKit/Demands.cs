using System.Globalization;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>What a test demands beside the oracles, judged after each step. May judge one run after the other.</summary>
internal sealed class Demands : WorldObserver
{
    private readonly List<(string Name, Func<SimView, bool> Holds)> _always = [];
    private readonly List<(string Name, Func<SimView, bool> Holds)> _sometimes = [];
    private readonly List<(string Name, Func<SimView, bool> Holds, TimeSpan Within)> _eventually = [];
    private readonly HashSet<int> _met = [];
    private World _world = null!;

    public SimView View { get; } = new();

    /// <summary>Points of the test that were reached.</summary>
    public IReadOnlyList<string> Points => [.. _sometimes.Select(one => one.Name)];

    public override WorldInterest Interest =>
        WorldInterest.Step | WorldInterest.Slot | WorldInterest.Path | WorldInterest.Backend | WorldInterest.Fault | WorldInterest.Life;

    public void Always(string name, Func<SimView, bool> holds) => _always.Add((name, holds));

    public void Sometimes(string name, Func<SimView, bool> holds) => _sometimes.Add((name, holds));

    public void Eventually(TimeSpan within, Func<SimView, bool> holds, string name) => _eventually.Add((name, holds, within));

    public override void OnBegin(World world)
    {
        _world = world;
        _met.Clear();
        View.Clear();
    }

    public override void OnSlot(in Moment moment, in SlotStep step) => View.Take(step);

    public override void OnPath(in Moment moment, in PathStep step) => View.Take(step.Hop);

    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data) => View.Take(happened, data);

    public override void OnFault(in Moment moment, in FaultEvent fault)
    {
        if (fault.Kind == FaultEventKind.Fired)
            View.FaultsFired++;
    }

    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (step.Change == LifeChange.Crashed)
            View.Crashes++;
        else if (step.Change == LifeChange.Restarted)
            View.Restarts++;
    }

    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        View.Phase = phase;
        Judge(moment);
        if (phase != WorldPhase.End)
            return;
        for (var i = 0; i < _eventually.Count; i++)
        {
            if (!_met.Contains(i))
                _world.Report(new Violation($"eventually: {_eventually[i].Name}", "it never happened", moment));
        }
    }

    public override void OnStep(in Moment moment) => Judge(moment);

    private void Judge(in Moment moment)
    {
        View.Now = TimeSpan.FromTicks(moment.Ticks);
        View.AllEnded = _world.AllEnded;
        foreach (var (name, holds) in _always)
        {
            if (!holds(View))
                _world.Report(new Violation($"always: {name}", "it doesn't hold", moment));
        }

        foreach (var (name, holds) in _sometimes)
        {
            if (holds(View))
                _world.Mark(name);
        }

        for (var i = 0; i < _eventually.Count; i++)
        {
            var (name, holds, within) = _eventually[i];
            if (_met.Contains(i) || !holds(View))
                continue;
            _met.Add(i);
            var late = View.Now - _world.HealedAt - within;
            if (View.Phase >= WorldPhase.Liveness && late > TimeSpan.Zero)
                _world.Report(new Violation($"eventually: {name}", string.Create(CultureInfo.InvariantCulture, $"it happened {late.TotalSeconds:0.######} s too late"), moment));
        }
    }
}
