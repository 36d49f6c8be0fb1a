namespace Actors.Simulation;

/// <summary>
/// Where the seams of a world ask whether something goes wrong. One instance serves one run. A seam without rules pays one test. This file: the rules, their
/// accounts, and what they broke; one file for each kind of seam beside it.
/// </summary>
internal sealed partial class FaultPlane : ITimerFaults
{
    private readonly World _world;
    private RuleState[] _rules;
    private readonly List<FaultFiring> _firings = [];
    private readonly List<OpenFault> _open = [];
    private int _state;
    private bool _isOn;
    private bool _isHealing;

    public FaultPlane(World world)
    {
        _world = world;
        var plan = world.Plan;
        if (plan.Faults.IsDefaultOrEmpty)
        {
            _rules = [];
            return;
        }

        var script = world.Request.Script;
        _rules = new RuleState[plan.Faults.Length];
        for (var i = 0; i < _rules.Length; i++)
            _rules[i] = new RuleState(plan.Faults[i], i, world.Request.Seed, script is null ? null : FiringsOf(script, i));
        Bind(_rules);
    }

    private void Bind(RuleState[] rules)
    {
        BindLinks(rules);
        BindActors(rules);
        BindBackends(rules);
        BindMemory(rules);
        BindRuntime(rules);
        BindClusters(rules);
    }

    /// <summary>Counts, per rule of the plan.</summary>
    public IEnumerable<FaultCount> Counts =>
        _rules.Select(rule => new FaultCount(rule.Rule.Id, rule.Rule.Row, rule.Fired, rule.Effective, rule.Recovered) { Visits = rule.Visits });

    /// <summary>Faults that fired.</summary>
    public IReadOnlyList<FaultFiring> Firings => _firings;

    /// <summary>True when something is still broken (L8).</summary>
    public bool HasResidue => _open.Count > 0;

    /// <summary>Faults in effect.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Which firing of a strict script was never reached, or null. Asked when the run is over.</summary>
    public string? Mismatch
    {
        get
        {
            if (_world.Request.Script is not { Mode: ReplayMode.Strict })
                return null;
            foreach (var rule in _rules)
            {
                if (rule.Missing is > 0 and var missing)
                    return $"fault '{rule.Rule.Id}': occurrence {missing} of its site was never reached, there were {rule.Visits}";
            }

            return null;
        }
    }

    /// <summary>Whether what is broken must stay repairable.</summary>
    private bool IsRecoverable => _world.Plan.Budget.Recoverable;

    private long Now => _world.Host.Scheduler.Ticks;

    /// <summary>The safety phase begins: rules may fire.</summary>
    public void Begin() => _isOn = _rules.Length > 0;

    /// <summary>One more rule, in a run that goes on. It may fire from now on.</summary>
    /// <param name="rule">The rule, the last of the plan.</param>
    /// <param name="hasRecords">Whether the machines were made with records that can be lost.</param>
    public void Add(FaultRule rule, bool hasRecords)
    {
        var added = new RuleState(rule, _rules.Length, _world.Request.Seed, _world.Request.Script is { } script ? FiringsOf(script, _rules.Length) : null);
        _rules = [.. _rules, added];
        Bind([added]);
        if (WantsRecords && !hasRecords)
            throw new ArgumentException($"Fault '{rule.Id}' must be named before the machine boots: its devices keep records that can be lost only then.", nameof(rule));
        _isOn = true;
    }

    /// <summary>All rates go to zero, and everything broken is repaired; pending delayed messages are delivered.</summary>
    public void Heal()
    {
        _isOn = false;
        _isHealing = true;
        while (_open.Count > 0)
            _open[0].Close();
        _isHealing = false;
    }

    /// <summary>A fault was repaired.</summary>
    internal void Closed(OpenFault fault)
    {
        _open.Remove(fault);
        _world.Trace.Fault(new FaultEvent(fault.Rule.Index, FaultEventKind.Healed, fault.Occurrence, -1, 0));
    }

    private static List<FaultFiring> FiringsOf(RunScript script, int rule)
    {
        var firings = new List<FaultFiring>();
        foreach (var firing in script.Firings)
        {
            if (firing.Rule == rule)
                firings.Add(firing);
        }

        firings.Sort(static (a, b) => a.Occurrence.CompareTo(b.Occurrence));
        return firings;
    }

    /// <summary>One visit that fits a rule. True when it fires; that is recorded then.</summary>
    private bool Fires(RuleState rule, int target, out FaultFiring firing, long bytes = 0)
    {
        firing = default;
        if (!_isOn || !rule.Visit(Now, _state, _open.Count < _world.Plan.Budget.ConcurrentFaults, bytes, out firing))
            return false;
        if (rule.Rule.NewState is { } state)
            _state = state;
        _firings.Add(firing);
        _world.Trace.Fault(new FaultEvent(rule.Index, FaultEventKind.Fired, firing.Occurrence, target, firing.A));
        return true;
    }

    /// <summary>A firing changed something.</summary>
    private void Effect(RuleState rule, in FaultFiring firing, int target = -1, long detail = 0)
    {
        rule.Effective++;
        _world.Trace.Fault(new FaultEvent(rule.Index, FaultEventKind.Effective, firing.Occurrence, target, detail));
    }

    /// <summary>The system made up for a firing.</summary>
    private void Recover(RuleState rule, long occurrence, int target = -1)
    {
        rule.Recovered++;
        _world.Trace.Fault(new FaultEvent(rule.Index, FaultEventKind.Recovered, occurrence, target, 0));
    }

    /// <summary>Something is broken until a time (or the heal, with -1), and repaired then.</summary>
    private OpenFault Open(RuleState rule, in FaultFiring firing, long ticks, Action? repair)
    {
        var fault = new OpenFault(this, rule, firing.Occurrence, repair);
        _open.Add(fault);
        var end = ticks < 0 ? long.MaxValue : Now + ticks;
        if (rule.Rule.Until != TimeSpan.MaxValue)
            end = Math.Min(end, Math.Max(Now, rule.Rule.Until.Ticks));
        if (end != long.MaxValue)
            _world.At(TimeSpan.FromTicks(end), fault.Close);
        return fault;
    }

    private void EffectOnce(OpenFault fault, int target = -1)
    {
        if (fault.IsEffective)
            return;
        fault.IsEffective = true;
        fault.Rule.Effective++;
        _world.Trace.Fault(new FaultEvent(fault.Rule.Index, FaultEventKind.Effective, fault.Occurrence, target, 0));
    }

    private void RecoverOnce(OpenFault fault, int target = -1)
    {
        if (fault.IsRecovered)
            return;
        fault.IsRecovered = true;
        Recover(fault.Rule, fault.Occurrence, target);
    }
}
