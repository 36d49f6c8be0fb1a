using System.Collections.Immutable;
using System.Globalization;

namespace Actors.Simulation;

/// <summary>Decides who goes on: by the seed's strategy, or by a script.</summary>
internal sealed class WorldSchedule
{
    /// <summary>Purpose of the schedule's numbers.</summary>
    private const ulong Purpose = 1;

    private readonly bool _records;
    private readonly bool _isIsolated;
    private readonly RunScript? _script;
    private readonly List<SchedulePick> _picks = [];
    private readonly List<long> _steps = [];
    private readonly Prng _random;
    private ScheduleStrategy _strategy;
    private long _decision;
    private int _next;

    public WorldSchedule(RunRequest request)
    {
        _records = request.RecordsChoices;
        _script = request.Script;
        _random = new Prng(request.Seed, Purpose);
        _isIsolated = request.IsIsolated;
        _strategy = _isIsolated ? new IsolatedStrategy(request.Seed) : Strategies.Make(request.Plan.Strategy, request.Seed, _random);
    }

    /// <summary>In which choice a strict replay differed, or null.</summary>
    public string? Mismatch { get; private set; }

    /// <summary>Choices other than the default.</summary>
    public ImmutableArray<SchedulePick> Picks => [.. _picks];

    /// <summary>Step of each of them.</summary>
    public ImmutableArray<long> PickSteps => [.. _steps];

    /// <summary>From now on everybody who is ready comes to go on.</summary>
    public void BeFair()
    {
        if (!_isIsolated)
            _strategy = new RandomStrategy(_random);
    }

    /// <summary>Index of the one that goes on.</summary>
    public int Pick(ReadySet ready, long step)
    {
        if (ready.Count == 1)
            return 0;
        var index = _script is { } script ? Scripted(script, ready, step) : _strategy.Pick(ready, step);
        if (_records && index != 0)
        {
            _picks.Add(new SchedulePick(_decision, ready.Count, index));
            _steps.Add(step + 1);
        }

        _decision++;
        return index;
    }

    private int Scripted(RunScript script, ReadySet ready, long step)
    {
        var alternatives = ready.Count;
        while (_next < script.Picks.Count && script.Picks[_next].Decision < _decision)
            _next++;
        if (_next >= script.Picks.Count || script.Picks[_next].Decision != _decision)
            return 0;
        var pick = script.Picks[_next++];
        if (script.Mode == ReplayMode.Strict && pick.Alternatives != alternatives)
            Mismatch ??= Told(pick, ready, step);
        return pick.Index < alternatives ? pick.Index : 0;
    }
    private string Told(SchedulePick pick, ReadySet ready, long step)
    {
        var names = Enumerable.Range(0, ready.Count).Select(i => string.Join('/', ready[i].Reference.Path.Elements.Skip(1)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"decision {_decision} (step {step + 1}) differs: here {ready.Count} actors are ready ({string.Join(", ", names)}), in the log {pick.Alternatives} were, of which number {pick.Index} went on");
    }
}
