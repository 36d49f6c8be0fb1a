using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>I31, over a campaign: every fault of the plan fired and had an effect at least once, and every point that must sometimes be reached was.</summary>
internal sealed class VacuityCheck(Plan plan)
{
    private readonly SortedSet<string> _fired = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _effective = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _reached = new(StringComparer.Ordinal);
    private long _runs;
    private Moment _last;

    /// <summary>Id of the check.</summary>
    public const string Id = "I31";

    /// <summary>Takes a run in.</summary>
    public void Add(RunResult result)
    {
        _runs++;
        _last = new Moment(result.Virtual.Ticks, result.Steps, (int)Math.Min(result.Events, int.MaxValue), 0, -1);
        foreach (var count in result.Faults)
        {
            if (count.Fired > 0)
                _fired.Add(count.Rule);
            if (count.Effective > 0)
                _effective.Add(count.Rule);
        }

        _reached.UnionWith(result.Reached);
    }

    /// <summary>What never happened.</summary>
    public ImmutableArray<Violation> Judge()
    {
        var missing = ImmutableArray.CreateBuilder<Violation>();
        foreach (var rule in plan.Faults)
        {
            if (!_fired.Contains(rule.Id))
                missing.Add(new Violation(Id, $"fault '{rule.Id}' never fired in {_runs} runs", _last));
            else if (!_effective.Contains(rule.Id))
                missing.Add(new Violation(Id, $"fault '{rule.Id}' fired and never changed anything in {_runs} runs", _last));
        }

        foreach (var point in plan.Sometimes)
        {
            if (!_reached.Contains(point))
                missing.Add(new Violation(Id, $"'{point}' was never reached in {_runs} runs", _last));
        }

        return missing.ToImmutable();
    }
}
