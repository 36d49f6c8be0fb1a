namespace Actors.Simulation;

/// <summary>
/// One rule of the plan in one run: decides at each visit of its site whether it fires, and with which numbers. A visit that its selector doesn't fit is none.
/// </summary>
internal sealed class RuleState
{
    private const int MaxDrawnNth = 7;

    private readonly ulong _key;
    private readonly bool _isActive;
    private readonly long _nth;
    private readonly List<FaultFiring>? _script;
    private long _passed;
    private double _last;
    private int _burst;
    private int _next;

    /// <summary>Makes the state.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="index">Its index in the plan.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="script">Firings to follow instead of deciding, in order of occurrence; null: decide.</param>
    public RuleState(FaultRule rule, int index, ulong seed, List<FaultFiring>? script = null)
    {
        Rule = rule;
        Index = index;
        Kind = FaultCatalog.Find(rule) ?? throw new ArgumentException($"rule '{rule.Id}': no fault {rule.Row} '{rule.Do}' at '{rule.Site}'");
        Parameters = new RuleParameters(rule, Kind);
        Verb = FaultVerbs.Of(Kind);
        Target = FaultTarget.Of(rule.Select);
        _script = script;
        _key = FaultDraw.KeyOf(seed, rule.Id);
        var draw = new FaultDraw(_key, 0);
        _isActive = draw.Unit() < rule.Activation;
        _nth = rule.Nth >= 0 ? rule.Nth : 1 + draw.Below(1 << (1 + draw.Below(MaxDrawnNth)));
        _last = draw.Unit();
    }

    /// <summary>The rule.</summary>
    public FaultRule Rule { get; }

    /// <summary>Its index in the plan.</summary>
    public int Index { get; }

    /// <summary>What it does.</summary>
    public FaultKind Kind { get; }

    /// <summary>What it does, for a switch.</summary>
    public FaultVerb Verb { get; }

    /// <summary>Its parameters.</summary>
    public RuleParameters Parameters { get; }

    /// <summary>What it may hit.</summary>
    public FaultTarget Target { get; }

    /// <summary>Visits so far.</summary>
    public long Visits { get; private set; }

    /// <summary>Firings so far.</summary>
    public long Fired { get; private set; }

    /// <summary>Firings that changed something.</summary>
    public long Effective { get; set; }

    /// <summary>Firings that the system made up for.</summary>
    public long Recovered { get; set; }

    /// <summary>Occurrence that a script wants next, or 0: those left when a run ends were never reached.</summary>
    public long Missing => _script is not null && _next < _script.Count ? _script[_next].Occurrence : 0;

    /// <summary>One visit that fits. True when the rule fires.</summary>
    /// <param name="now">Virtual time, ticks.</param>
    /// <param name="state">State of the plan's automaton.</param>
    /// <param name="mayOpen">Whether the plan's budget has room for one more.</param>
    /// <param name="bytes">Bytes that the visit is about, for a rule with a space.</param>
    /// <param name="firing">What is recorded.</param>
    public bool Visit(long now, int state, bool mayOpen, long bytes, out FaultFiring firing)
    {
        Visits++;
        if (_script is not null)
            return Follow(_script, out firing);

        firing = default;
        if (!_isActive)
            return false;
        var draw = new FaultDraw(_key, Visits);
        var fires = Decide(ref draw, bytes);
        if (!fires || !mayOpen || now < Rule.From.Ticks || now >= Rule.Until.Ticks || (Rule.WhenState is { } wanted && wanted != state)
            || (Rule.Times > 0 && Fired >= Rule.Times))
            return false;
        if (_burst == 0)
            _burst = Rule.Burst;
        _burst--;
        Fired++;
        firing = Draw(ref draw, Visits);
        return true;
    }

    /// <summary>The numbers with which the rule would fire at an occurrence.</summary>
    public FaultFiring At(long occurrence)
    {
        var draw = new FaultDraw(_key, occurrence);
        draw.Unit();
        return Draw(ref draw, occurrence);
    }

    private bool Decide(ref FaultDraw draw, long bytes)
    {
        // The draw and the correlation go on whatever else says no: so each visit has its own numbers.
        var value = draw.Unit();
        if (Rule.Correlation > 0)
            _last = value = (value * (1 - Rule.Correlation)) + (_last * Rule.Correlation);
        if (Rule.Space >= 0 && _passed + bytes <= Rule.Space)
        {
            _passed += bytes;
            return false;
        }

        if (_burst > 0)
            return true;
        return (_nth == 0 || Visits == _nth) && (Rule.Interval <= 0 || Visits % Rule.Interval == 0) && value < Rule.Probability;
    }

    private FaultFiring Draw(ref FaultDraw draw, long occurrence)
    {
        var first = draw.Of(Parameters.First);
        var second = Parameters.HasSecond ? draw.Of(Parameters.Second) : (long)(draw.Next() >> 33);
        return new FaultFiring(Index, occurrence, first, second);
    }

    private bool Follow(List<FaultFiring> script, out FaultFiring firing)
    {
        while (_next < script.Count && script[_next].Occurrence < Visits)
            _next++;
        if (_next >= script.Count || script[_next].Occurrence != Visits)
        {
            firing = default;
            return false;
        }

        firing = script[_next++];
        Fired++;
        return true;
    }
}
