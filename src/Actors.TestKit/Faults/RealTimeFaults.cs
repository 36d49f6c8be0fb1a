using System.Globalization;
using Actors.Protocol;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>
/// The faults of plans that can be done to real actors: loss, copies and delay on links, and crashes at crash sites. Visits are counted and drawn as in the simulated world, but
/// what is a visit is up to real time.
/// </summary>
internal sealed class RealTimeFaults(MachineOrder order) : ICrashPoints
{
    private readonly Lock _lock = new();
    private readonly List<(CrashSite Site, RuleCount Count)> _crashes = [];
    private int _rules;

    /// <summary>Time since the world began; null before it has.</summary>
    public Func<TimeSpan>? Clock { get; set; }

    /// <summary>What a node's actors have before their names in pictures, such as <c>n0-</c>; null where there is one node.</summary>
    public Func<IActorRef, string>? PrefixOf { get; set; }

    /// <summary>Lets a rule strike from now on.</summary>
    /// <exception cref="NotSupportedException">Only the simulated world can do it.</exception>
    public void Arm(FaultRule rule)
    {
        var count = new RuleCount(rule, order, _rules++, this);
        var link = LinkSite.All.FirstOrDefault(site => site.Name == rule.Site);
        var crash = CrashSite.All.FirstOrDefault(site => site.Name == rule.Site);
        if (link is not null && rule.Do is "drop" or "duplicate" or "delay")
        {
            order.Gate.Add(new LinkFault(link!, count));
        }
        else if (crash is not null && rule.Do == "crash")
        {
            lock (_lock)
                _crashes.Add((crash, count));
        }
        else
        {
            throw new NotSupportedException(
                $"Fault {rule.Row} ('{rule.Do}' at '{rule.Site}') can be done in MachineWorld.Simulated only; in real time and on a cluster there are drop, duplicate and delay on links, and crashes at {string.Join(", ", CrashSite.All.Select(site => site.Name))}.");
        }
    }

    /// <inheritdoc/>
    public void Here(CrashSite site, VmId vm, int detail)
    {
        lock (_lock)
        {
            foreach (var (at, count) in _crashes)
            {
                if (at == site && count.Strikes())
                    throw new TestCrashException($"fault '{count.Rule.Id}'");
            }
        }
    }

    /// <summary>When a rule strikes.</summary>
    private sealed class RuleCount(FaultRule rule, MachineOrder order, int index, RealTimeFaults faults)
    {
        private readonly Prng _random = new(order.Seed, 0x7E57_0000UL + (ulong)index);
        private long _visits;
        private int _fired;

        public FaultRule Rule { get; } = rule;

        /// <summary>One visit of the site. Asked by one thread at a time.</summary>
        /// <param name="target">Who is hit; null: that isn't known.</param>
        public bool Strikes(IActorRef? target = null)
        {
            _visits++;
            var drawn = _random.Next() / (double)ulong.MaxValue;
            if ((Rule.Nth > 0 && _visits != Rule.Nth) || drawn >= Rule.Probability || (Rule.Times > 0 && _fired >= Rule.Times))
                return false;
            _fired++;
            var struck = new FaultHopEvent
            {
                Rule = Rule.Id, Row = Rule.Row, Site = Rule.Site, Act = Rule.Do, Change = FaultEventKind.Fired,
                Target = target is null ? null : faults.PrefixOf?.Invoke(target) + string.Join('/', target.Path.Elements.Skip(1)),
            };
            order.Recording.Stamp(struck, faults.Clock?.Invoke());
            return true;
        }
    }

    /// <summary>A rule on a link.</summary>
    private sealed class LinkFault(LinkSite site, RuleCount count) : HopFault, ILateFault
    {
        private static readonly TimeSpan DefaultDelay = TimeSpan.FromMilliseconds(5);

        private readonly TimeSpan _delay = DelayOf(count.Rule);

        public TimeSpan? Lateness { get; private set; }

        public IActorRef? Receiver { get; set; }

        public override HopVerdict Decide(LinkSite at, object message)
        {
            Lateness = null;
            if (at != site || !count.Strikes(Receiver))
                return HopVerdict.Pass;
            switch (count.Rule.Do)
            {
                case "drop":
                    return HopVerdict.Drop;
                case "duplicate":
                    return HopVerdict.Twice;
                default:
                    Lateness = _delay;
                    return HopVerdict.Pass;
            }
        }

        /// <summary>A constant or a mean: in real time nobody can tell a drawn delay from its mean.</summary>
        private static TimeSpan DelayOf(FaultRule rule)
        {
            var text = rule.Parameters.GetValueOrDefault("delay", string.Empty);
            text = text.StartsWith("exp(", StringComparison.Ordinal) ? text[4..^1] : text;
            foreach (var (suffix, unit) in ((string, TimeSpan)[])[("us", TimeSpan.FromMicroseconds(1)), ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1))])
            {
                if (text.EndsWith(suffix, StringComparison.Ordinal) && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                    return unit * number;
            }

            return DefaultDelay;
        }
    }
}

/// <summary>The crash that a test asked for.</summary>
internal sealed class TestCrashException(string message) : Exception(message);
