using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Actors.Simulation;

/// <summary>Makes a plan of a file's nodes.</summary>
internal sealed partial class PlanReader(PlanErrors errors)
{
    /// <summary>Characters of a name or id.</summary>
    public const int MaxName = 100;

    /// <summary>Characters of a sentence.</summary>
    public const int MaxSentence = 1000;

    /// <summary>Rules of a plan.</summary>
    public const int MaxFaults = 256;

    /// <summary>Most steps of a run.</summary>
    public const long MaxSteps = 1_000_000_000;

    /// <summary>Words of strategies.</summary>
    public static readonly ImmutableArray<(string Word, StrategyKind Value)> StrategyWords =
    [
        ("portfolio", StrategyKind.Portfolio), ("random", StrategyKind.Random), ("pct", StrategyKind.Pct), ("pos", StrategyKind.Pos),
        ("delay-bounded", StrategyKind.DelayBounded), ("round-robin", StrategyKind.RoundRobin),
    ];

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Reads a plan; what is wrong is noted, and then the plan is of no use.</summary>
    public Plan? Read(PlanNode root)
    {
        if (PlanFields.Of(root, "a plan", errors) is not { } fields)
            return null;
        var defaults = new Plan { Name = fields.Needed("name", MaxName) };
        var topology = fields.Fields("topology", "the topology") is { } machines ? new TopologyReader(errors).Read(machines) : defaults.Topology;
        var plan = defaults with
        {
            Promise = fields.Text("promise", MaxSentence) ?? string.Empty,
            Museum = fields.Text("museum", MaxSentence),
            Naive = Flaw(fields),
            Strategy = fields.Choice("strategy", StrategyWords) ?? defaults.Strategy,
            Topology = topology,
            Workload = fields.Fields("workload", "the workload") is { } workload ? Workload(workload) : defaults.Workload,
            Faults = Faults(fields.Items("faults", MaxFaults), topology),
            Budget = fields.Fields("budget", "the budget") is { } budget ? Budget(budget) : defaults.Budget,
            Liveness = fields.Fields("liveness", "the liveness part") is { } liveness ? Liveness(liveness) : defaults.Liveness,
            Check = Check(fields.Items("check", 100)),
            Except = Except(fields.Items("except", 100)),
            Sometimes = Points(fields.Items("sometimes", 100)),
        };
        fields.End();
        if (errors.IsEmpty && WorkloadCatalog.Find(plan.Workload.Kind)?.Validate(plan) is { } sentence)
            fields.Wrong("workload", char.ToLowerInvariant(sentence[0]) + sentence[1..].TrimEnd('.'));
        return plan;
    }

    [GeneratedRegex("^([ILW])([0-9]{1,2})(?:\\.\\.([ILW])?([0-9]{1,2}))?$")]
    private static partial Regex OracleRange();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:/-]*$")]
    private static partial Regex PointName();

    private static string? Flaw(PlanFields fields)
    {
        var name = fields.Text("naive", MaxName);
        if (name is null || PlanVocabulary.Flaws.IsEmpty || PlanVocabulary.Flaws.Contains(name))
            return name;
        fields.Wrong("naive", $"there is no flawed variant '{PlanSpelling.Short(name)}'{PlanSpelling.Hint(name, PlanVocabulary.Flaws)}");
        return null;
    }

    private PlanWorkload Workload(PlanFields fields)
    {
        var defaults = new PlanWorkload();
        var kinds = WorkloadCatalog.All.Select(known => known.Kind).ToArray();
        var kind = fields.Text("kind", MaxName) ?? defaults.Kind;
        var bytes = fields.Bytes("bytes", 0, 1L << 30) ?? defaults.Bytes;
        if (WorkloadCatalog.Find(kind) is not { } workload)
        {
            var hint = PlanSpelling.Hint(kind, kinds);
            fields.Wrong("kind", $"there is no workload '{PlanSpelling.Short(kind)}'{(hint.Length > 0 ? hint : $", the kinds are {PlanSpelling.Listed(kinds)}")}");
            fields.TakeRest();
            return defaults;
        }

        string[] options = [.. workload.Options.Select(option => option.Name)];
        var given = defaults.Options.ToBuilder();
        foreach (var entry in fields.TakeRest())
        {
            if (!options.Contains(entry.Key))
                fields.Unknown(entry, [.. fields.Keys, .. options]);
            else if (entry.Value is PlanScalar { IsMissing: false } scalar && (workload as Workload)?.Check(entry.Key, scalar.Text) is { } wrong)
                errors.Add(scalar.Place, wrong);
            else if (entry.Value is PlanScalar { IsMissing: false } right)
                given[entry.Key] = right.Text;
            else
                errors.Add(entry.Value.Place, $"'{entry.Key}' is one value, not {entry.Value.Kind}");
        }

        return new PlanWorkload { Kind = kind, Bytes = bytes, Options = given.ToImmutable() };
    }

    private ImmutableArray<FaultRule> Faults(IReadOnlyList<PlanNode> nodes, PlanTopology topology)
    {
        var reader = new FaultRuleReader(errors, topology);
        var rules = ImmutableArray.CreateBuilder<FaultRule>(nodes.Count);
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (PlanFields.Of(node, "a fault", errors) is not { } fields)
                continue;
            var rule = reader.Read(fields);
            rules.Add(rule);
            if (rule.Id.Length > 0 && !known.TryAdd(rule.Id, fields.PlaceOf("id").Line))
                fields.Wrong("id", $"the fault in line {known[rule.Id]} is called '{PlanSpelling.Short(rule.Id)}' already, ids are unique within a plan");
        }

        return rules.ToImmutable();
    }

    private static PlanBudget Budget(PlanFields fields)
    {
        var defaults = new PlanBudget();
        var budget = new PlanBudget
        {
            MaxSteps = fields.Whole("maxSteps", 1, MaxSteps) ?? defaults.MaxSteps,
            MaxVirtual = fields.Time("maxVirtual", TimeSpan.FromMicroseconds(1), Longest) ?? defaults.MaxVirtual,
            ConcurrentFaults = (int)(fields.Whole("concurrentFaults", 1, int.MaxValue) ?? defaults.ConcurrentFaults),
            Recoverable = fields.Flag("recoverable") ?? defaults.Recoverable,
        };
        fields.End();
        return budget;
    }

    private static PlanLiveness Liveness(PlanFields fields)
    {
        var defaults = new PlanLiveness();
        var liveness = new PlanLiveness
        {
            T1 = Bound("T1", defaults.T1),
            T2 = Bound("T2", defaults.T2),
            T3 = Bound("T3", defaults.T3),
            T4 = Bound("T4", defaults.T4),
        };
        fields.End();
        return liveness;

        TimeSpan Bound(string key, TimeSpan otherwise) => fields.Time(key, TimeSpan.FromMicroseconds(1), Longest) ?? otherwise;
    }

    private ImmutableArray<string> Check(IReadOnlyList<PlanNode> nodes)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (var node in nodes)
        {
            foreach (var id in Oracles(node))
            {
                if (!ids.Contains(id))
                    ids.Add(id);
            }
        }

        return ids.ToImmutable();
    }

    /// <summary>The oracles of an id such as I14 or a range such as I9..I15; of a range, those that there are.</summary>
    private IEnumerable<string> Oracles(PlanNode node)
    {
        if (node is not PlanScalar { Text: var text } scalar || OracleRange().Match(text) is not { Success: true } match)
        {
            errors.Add(node.Place, $"an oracle is named by its id such as I14 or L3, or a range such as I9..I15, not {node.Kind}");
            return [];
        }

        if (!match.Groups[4].Success)
            return One(scalar) is { } id ? [id] : [];
        var letter = match.Groups[1].Value;
        var first = int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
        var last = int.Parse(match.Groups[4].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
        string[] found = [.. PlanVocabulary.Oracles.Where(id => id.StartsWith(letter, StringComparison.Ordinal)
            && int.TryParse(id.AsSpan(letter.Length), out var number) && number >= first && number <= last)];
        if (found.Length == 0 || (match.Groups[3].Success && match.Groups[3].Value != letter))
            errors.Add(node.Place, $"there is no oracle in the range {scalar.Kind}");
        return found;
    }

    private string? One(PlanScalar scalar)
    {
        if (PlanVocabulary.Oracles.Contains(scalar.Text))
            return scalar.Text;
        errors.Add(scalar.Place, $"there is no oracle {scalar.Kind}, the oracles are {PlanSpelling.Listed(PlanVocabulary.Oracles)}");
        return null;
    }

    private ImmutableArray<PlanExclusion> Except(IReadOnlyList<PlanNode> nodes)
    {
        var exclusions = ImmutableArray.CreateBuilder<PlanExclusion>();
        foreach (var node in nodes)
        {
            if (PlanFields.Of(node, "an exception", errors) is not { } fields)
                continue;
            var id = fields.Scalar("oracle", "an oracle's id") is { } scalar ? One(scalar) : null;
            if (id is null && fields.Place == fields.PlaceOf("oracle"))
                errors.Add(fields.Place, "an exception needs 'oracle:'");
            var reason = fields.Needed("reason", MaxSentence);
            fields.End();
            if (exclusions.Any(known => known.Oracle == id))
                fields.Wrong("oracle", $"'{id}' is excepted already");
            exclusions.Add(new PlanExclusion(id ?? string.Empty, reason));
        }

        return exclusions.ToImmutable();
    }

    private ImmutableArray<string> Points(IReadOnlyList<PlanNode> nodes)
    {
        var points = ImmutableArray.CreateBuilder<string>();
        foreach (var node in nodes)
        {
            if (node is not PlanScalar scalar || scalar.Text.Length > MaxName || !PointName().IsMatch(scalar.Text))
                errors.Add(node.Place, $"a point is a name such as dm.restarted-with-inflight, not {node.Kind}");
            else if (points.Contains(scalar.Text))
                errors.Add(node.Place, $"{scalar.Kind} stands here already");
            else
                points.Add(scalar.Text);
        }

        return points.ToImmutable();
    }
}
