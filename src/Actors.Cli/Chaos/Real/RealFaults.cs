using System.Globalization;
using Actors.Cluster;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>
/// The faults of a plan on real processes. A plan speaks of visits of a site; here each rule is visited once in a <see cref="Beat"/>: a rule of nodes at one node, which is
/// drawn, a rule of the network between two. All else of a rule (nth, p, times, window, parameters) is the world's own, and so are the numbers that it draws.
/// Times are those of the plan, in real time.
/// </summary>
internal sealed partial class RealFaults
{
    /// <summary>Time between two visits.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private const string MemberSuffix = "-member";

    private static readonly TimeSpan CorruptFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LostFor = TimeSpan.FromSeconds(5);

    // What others need to run a node's VMs once they have agreed that it is gone.
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(3);

    private readonly Plan _plan;
    private readonly ulong _seed;
    private readonly IRealCluster _cluster;
    private readonly Action<string> _log;
    private readonly RuleState[] _rules;
    private readonly List<RealFault> _open = [];
    private int _state;

    /// <summary>Makes the faults of one run.</summary>
    public RealFaults(Plan plan, ulong seed, IRealCluster cluster, Action<string> log)
    {
        _plan = plan;
        _seed = seed;
        _cluster = cluster;
        _log = log;
        _clocks = new (TimeSpan, long)[cluster.Count];
        _rules = [.. plan.Faults.Select((rule, index) => new RuleState(rule, index, seed))];
    }

    /// <summary>Whether nothing is broken.</summary>
    public bool IsHealed => _open.Count == 0;

    /// <summary>Firings so far.</summary>
    public long Fired => _rules.Sum(rule => rule.Fired);

    /// <summary>Whether nothing can fire any more: all rules have fired as often as they may.</summary>
    public bool IsSpent => _rules.Length > 0 && Array.TrueForAll(_rules, rule => rule.Fired > 0 && (rule.Rule.Nth != 0 || (rule.Rule.Times > 0 && rule.Fired >= rule.Rule.Times)));

    /// <summary>What each rule did.</summary>
    public IEnumerable<FaultCount> Counts => _rules.Select(rule => new FaultCount(rule.Rule.Id, rule.Rule.Row, rule.Fired, rule.Effective, rule.Recovered) { Visits = rule.Visits });

    /// <summary>Why a kind can't be done on real processes, in a sentence; null when it can.</summary>
    public static string? Problem(FaultRule rule) => (rule.Site, rule.Do) switch
    {
        (FaultSites.Node, "node-crash" or "node-pause" or "node-slow" or "upgrade" or "total-restart") => null,
        (FaultSites.Network, "partition" or "one-way" or "partial" or "swizzle-clog" or "corrupt-bytes") => null,
        (FaultSites.Node, "double" or "lose-lease") => null,
        (FaultSites.Actor, "pause") when IsMember(rule) => null,
        (FaultSites.Node, "skew" or "drift" or "jump" or "strobe") => null,
        (FaultSites.Decision, _) => "nodes decide by Akka's own resolver, which can't be told to be wrong at one split, and one of ours in its place would be what is tested",
        ("memory.exchange" or "memory.answer", _) => "nodes send all that they say to each other over one connection, and one message of it can't be chosen from outside; partition and one-way cut the whole",
        _ => "it is inside a machine, where only the world reaches",
    };

    /// <summary>Repairs what is due and lets rules fire.</summary>
    public void Tick(TimeSpan now)
    {
        Step(now);
        foreach (var rule in _rules)
        {
            // The node is drawn by the visit, so that a replay of the seed asks for the same one.
            var draw = Prng.Mix(_seed ^ ((ulong)(uint)rule.Index << 48) ^ (ulong)rule.Visits);
            var node = rule.Rule.Select.Node ?? MemberOf(rule.Rule) ?? (int)(draw % (ulong)_cluster.Count);
            if (rule.Rule.Site is FaultSites.Node or FaultSites.Actor && !_cluster.IsRunning(node))
                continue;
            if (!rule.Visit(now.Ticks, _state, _open.Count < _plan.Budget.ConcurrentFaults, 0, out var firing))
                continue;
            _state = rule.Rule.NewState ?? _state;
            Fire(rule, firing, node, now);
        }
    }

    /// <summary>Does what open faults do, and repairs those that are due.</summary>
    public void Step(TimeSpan now)
    {
        foreach (var fault in _open.ToList())
        {
            fault.Step(now);
            if (fault.Until <= now)
                Close(fault);
        }
    }

    /// <summary>Repairs everything.</summary>
    public void Heal()
    {
        foreach (var fault in _open.ToList())
            Close(fault);
    }

    private void Close(RealFault fault)
    {
        _open.Remove(fault);
        fault.Repair();
        var rule = _rules[fault.Rule];
        _log($"{rule.Rule.Id} is over");
        if (!fault.IsEffective)
            return;
        rule.Effective++;
        rule.Recovered++;
    }

    private void Fire(RuleState rule, in FaultFiring firing, int node, TimeSpan now)
    {
        var lasts = LengthOf(rule.Rule, firing);
        var fault = new RealFault(rule.Index, now + lasts);
        _open.Add(fault);
        var seconds = FormattableString.Invariant($"{lasts.TotalSeconds:0.0} s");
        switch (rule.Rule.Do)
        {
            case "node-crash":
                _log($"{rule.Rule.Id}: kills node {node}, back in {seconds}");
                _cluster.Kill(node);
                fault.IsEffective = true;
                fault.Repair = () => StartIfGone(node);
                break;
            case "node-pause":
                _log($"{rule.Rule.Id}: stops node {node} for {seconds}");
                _cluster.Pause(node);
                fault.IsEffective = true;
                fault.Repair = () => _cluster.Resume(node);
                break;
            case "node-slow":
                Slow(rule, firing, node, now, fault);
                break;
            case "pause":
                _log($"{rule.Rule.Id}: node {node} neither hears the others nor is heard, for {seconds}");
                Break(fault, (a, b) => a == node || b == node, Cut(fault));
                break;
            case "double" or "lose-lease":
                Double(rule, node, now, fault);
                break;
            case "upgrade":
                Upgrade(rule, node, fault, seconds);
                break;
            case "total-restart":
                RestartAll(rule, firing, now, fault);
                break;
            case "corrupt-bytes":
                _log($"{rule.Rule.Id}: turns bits between nodes");
                Break(fault, OnePair(firing), new WayFault { Corruption = 1, OnEffect = () => fault.IsEffective = true });
                break;
            case "skew" or "jump" or "drift":
                SetClock(rule, firing, node, fault, seconds);
                break;
            case "strobe":
                Strobe(rule, firing, node, now, fault, seconds);
                break;
            case "swizzle-clog":
                Swizzle(rule, firing, now, fault, seconds);
                break;
            default:
                var isCut = NetworkShapes.Of(rule.Rule.Do, rule.Parameters.Word(rule.Rule.Do == "one-way" ? "direction" : "mode"), _cluster.Count, node, (ulong)firing.B);
                _log($"{rule.Rule.Id}: {rule.Rule.Do} for {seconds}, {NetworkShapes.Text(_cluster.Count, isCut)}");
                Break(fault, isCut, Cut(fault));
                break;
        }
    }

    /// <summary>How long it lasts; what a firing's numbers are differs from kind to kind.</summary>
    private TimeSpan LengthOf(FaultRule rule, in FaultFiring firing) => rule.Do switch
    {
        "corrupt-bytes" => CorruptFor,
        "node-slow" or "skew" or "jump" or "drift" or "strobe" => TimeSpan.FromTicks(firing.B),
        "total-restart" => TimeSpan.FromTicks(firing.A + (firing.B * _cluster.Count)),
        "double" => UntilTakenOver + TimeSpan.FromTicks(firing.A),
        "lose-lease" => UntilTakenOver + LostFor,
        _ => TimeSpan.FromTicks(firing.A),
    };

    /// <summary>Time from a node's silence until its VMs run elsewhere.</summary>
    private TimeSpan UntilTakenOver => _plan.Topology.Cluster.Detection + _plan.Topology.Cluster.StableAfter + TakeOver;

    private static WayFault Cut(RealFault fault) => new() { IsCut = true, OnEffect = () => fault.IsEffective = true };

    /// <summary>Whether a rule of actors is about the part of a node that is a member, and nothing else.</summary>
    private static bool IsMember(FaultRule rule) => PathOf(rule) is ['n', ..] path && path.EndsWith(MemberSuffix, StringComparison.Ordinal);

    /// <summary>The node of such a rule; null: any.</summary>
    private static int? MemberOf(FaultRule rule) =>
        rule.Site == FaultSites.Actor && int.TryParse(PathOf(rule).AsSpan()[1..^MemberSuffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var node) ? node : null;

    private static string PathOf(FaultRule rule) => rule.Parameters.TryGetValue("path", out var path) ? path : string.Empty;

    private void StartIfGone(int node)
    {
        if (!_cluster.IsRunning(node))
            _cluster.Start(node);
    }

    private void Break(RealFault fault, Func<int, int, bool> isHit, WayFault what) => fault.Repair = _cluster.Network.Break(isHit, what);

    private Func<int, int, bool> OnePair(FaultFiring firing)
    {
        var count = (ulong)_cluster.Count;
        var from = (int)((ulong)firing.B % count);
        var to = (int)(((ulong)from + 1 + (Prng.Mix((ulong)firing.B) % (count - 1))) % count);
        return (a, b) => a == from && b == to;
    }

    /// <summary>A process that gets a part of its time: it runs for a beat, and stands still for as many as a message's cost has beats.</summary>
    private void Slow(RuleState rule, in FaultFiring firing, int node, TimeSpan now, RealFault fault)
    {
        // The first number of this kind is what a message costs, the second how long it lasts.
        var still = TimeSpan.FromTicks(Math.Max(1, firing.A / Beat.Ticks) * Beat.Ticks);
        var until = fault.Until;
        fault.IsEffective = true;
        _log(FormattableString.Invariant($"{rule.Rule.Id}: node {node} stands still for {still.TotalMilliseconds:0} of every {(still + Beat).TotalMilliseconds:0} ms, for {(until - now).TotalSeconds:0.0} s"));
        for (var at = now; at < until; at += still + Beat)
        {
            fault.At(at, () => _cluster.Pause(node));
            fault.At(at + still, () => _cluster.Resume(node));
        }

        fault.Repair = () => _cluster.Resume(node);
        fault.Step(now);
    }

    private void Upgrade(RuleState rule, int node, RealFault fault, string seconds)
    {
        var isForeign = rule.Parameters.Word("version") == "other";
        _log($"{rule.Rule.Id}: node {node} leaves and comes back with {(isForeign ? $"other wire types, for {seconds}" : "the same version")}");
        _cluster.Replace(node, isForeign);
        fault.IsEffective = true;
        if (isForeign)
            fault.Repair = () => _cluster.Restore(node);
    }

    /// <summary>
    /// The others take a node's VMs over while it stands still; then it goes on and knows nothing, since it still hears nobody: for a while both run, and both reach their backends.
    /// </summary>
    private void Double(RuleState rule, int node, TimeSpan now, RealFault fault)
    {
        _log(FormattableString.Invariant($"{rule.Rule.Id}: node {node} is cut off and stands still for {UntilTakenOver.TotalSeconds:0.0} s, then goes on, cut off for {(fault.Until - now - UntilTakenOver).TotalSeconds:0.0} s"));
        var join = _cluster.Network.Break((a, b) => a == node || b == node, new WayFault { IsCut = true });
        _cluster.Pause(node);
        var isStopped = true;
        fault.At(now + UntilTakenOver, GoOn);
        fault.Repair = () =>
        {
            GoOn();
            join();
        };

        void GoOn()
        {
            if (!isStopped)
                return;
            isStopped = false;
            fault.IsEffective = true;
            _cluster.Resume(node);
        }
    }

    private void RestartAll(RuleState rule, in FaultFiring firing, TimeSpan now, RealFault fault)
    {
        var order = NetworkShapes.Places(_cluster.Count, Prng.Mix(_seed ^ (ulong)firing.Occurrence));
        var (away, gap) = (TimeSpan.FromTicks(firing.A), TimeSpan.FromTicks(firing.B));
        fault.IsEffective = true;
        _log($"{rule.Rule.Id}: kills all nodes; they come back in the order {string.Join(", ", order)}");
        foreach (var node in order)
            _cluster.Kill(node);
        for (var i = 0; i < order.Length; i++)
        {
            var node = order[i];
            fault.At(now + away + (gap * i), () => StartIfGone(node));
        }

        fault.Repair = () =>
        {
            foreach (var node in order)
                StartIfGone(node);
        };
    }

    private void Swizzle(RuleState rule, in FaultFiring firing, TimeSpan now, RealFault fault, string seconds)
    {
        var draw = new Prng(_seed, (ulong)firing.Occurrence ^ ((ulong)(uint)rule.Index << 32));
        var length = Math.Max(2, firing.A);
        var free = new List<Action>();
        for (var node = 0; node < _cluster.Count; node++)
        {
            var (isIn, begin, end) = (draw.Between(0, 1) == 0, draw.Between(0, length / 2), draw.Between(length / 2, length));
            if (!isIn && (node < _cluster.Count - 1 || free.Count > 0))
                continue;
            var one = node;
            Action? freeOne = null;
            fault.At(now + TimeSpan.FromTicks(begin), () => freeOne = _cluster.Network.Break((a, b) => a == one || b == one, Cut(fault)));
            fault.At(now + TimeSpan.FromTicks(end), () => freeOne?.Invoke());
            free.Add(() => freeOne?.Invoke());
        }

        _log($"{rule.Rule.Id}: clogs {free.Count} nodes one after the other, for {seconds}");
        fault.Repair = () =>
        {
            foreach (var one in free)
                one();
        };
    }
}
