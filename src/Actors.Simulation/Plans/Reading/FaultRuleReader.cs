using System.Text.RegularExpressions;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Reads one fault of a plan.</summary>
internal sealed partial class FaultRuleReader(PlanErrors errors, PlanVocabulary vocabulary, PlanTopology topology)
{
    /// <summary>The word of <see cref="FaultRule.Nth"/> for any visit.</summary>
    public const string AnyVisit = "any";

    /// <summary>The word of <see cref="FaultRule.Nth"/> for one visit drawn for the run.</summary>
    public const string DrawnVisit = "random";

    /// <summary>The word for no end of a window.</summary>
    public const string NoEnd = "end";

    private const int MaxCount = 1_000_000_000;
    private const int MaxState = 1000;
    private const int MaxQueue = (VirtioConsoleSpec.MaxPorts * 2) + 1;

    /// <summary>Reads it.</summary>
    public FaultRule Read(PlanFields fields)
    {
        var id = fields.Needed("id", PlanReader.MaxName);
        var site = fields.Needed("site", PlanReader.MaxName);
        var action = fields.Needed("do", PlanReader.MaxName);
        var isKnown = CheckNames(fields, site, action);
        var rule = new FaultRule { Id = id, Row = Row(fields, site, action), Site = site, Do = action };
        var (from, until) = Window(fields, rule);
        rule = rule with
        {
            Activation = fields.Share("activation") ?? rule.Activation,
            Probability = fields.Share("p") ?? rule.Probability,
            Nth = Nth(fields),
            Interval = (int)(fields.Whole("interval", 0, MaxCount) ?? rule.Interval),
            Times = (int)(fields.Whole("times", 0, MaxCount) ?? rule.Times),
            Burst = (int)(fields.Whole("burst", 1, MaxCount) ?? rule.Burst),
            Space = fields.Bytes("space", 0, long.MaxValue) ?? rule.Space,
            Correlation = fields.Share("correlation") ?? rule.Correlation,
            From = from,
            Until = until,
            Select = fields.Fields("select", "a selector") is { } select ? Selector(select) : rule.Select,
            WhenState = fields.Fields("when", "a condition") is { } when ? When(when) : null,
            NewState = (int?)fields.Whole("setState", 0, MaxState),
            HealAfter = Heal(fields),
        };
        if (rule.Probability == 0 || rule.Activation == 0)
            fields.Wrong(rule.Probability == 0 ? "p" : "activation", $"a fault with '{(rule.Probability == 0 ? "p" : "activation")}: 0' never fires, remove it");
        if (!isKnown)
        {
            fields.TakeRest();
            return rule;
        }

        return Parameters(fields, rule);
    }

    [GeneratedRegex("^F[0-9]{2}$")]
    private static partial Regex RowName();

    private bool CheckNames(PlanFields fields, string site, string action)
    {
        if (site.Length == 0)
            return false;
        if (!vocabulary.Sites.Contains(site))
        {
            var hint = PlanSpelling.Hint(site, vocabulary.Sites);
            fields.Wrong("site", $"there is no site '{PlanSpelling.Short(site)}'{(hint.Length > 0 ? hint : $", the sites are {PlanSpelling.Listed(vocabulary.Sites)}")}");
            return false;
        }

        if (action.Length == 0)
            return false;
        if (vocabulary.ActionsAt(site) is { } actions && !actions.Contains(action))
        {
            var hint = PlanSpelling.Hint(action, actions);
            fields.Wrong("do", $"'{PlanSpelling.Short(action)}' can't be done at {site}{(hint.Length > 0 ? hint : $", there is {PlanSpelling.Listed(actions)}")}");
            return false;
        }

        return true;
    }

    private string Row(PlanFields fields, string site, string action)
    {
        var found = vocabulary.RowOf(site, action);
        var row = fields.Text("row", PlanReader.MaxName);
        if (row is null)
            return found ?? string.Empty;
        if (!RowName().IsMatch(row))
            fields.Wrong("row", $"'row' is a row of the fault table such as F35, not '{PlanSpelling.Short(row)}'");
        return row;
    }

    private (TimeSpan From, TimeSpan Until) Window(PlanFields fields, FaultRule defaults)
    {
        var node = fields.Node("window");
        if (node is null)
            return (defaults.From, defaults.Until);
        if (node is PlanList { Items: [PlanScalar begin, PlanScalar end] }
            && Quantity.TryTime(begin.Text, out var from)
            && (end.Text == NoEnd ? TimeSpan.MaxValue : Quantity.TryTime(end.Text, out var time) ? time : TimeSpan.Zero) is var until
            && from < until)
        {
            return (from, until);
        }

        errors.Add(node.Place, $"'window' is two times, the first before the second, such as [0s, 5s] or [1s, {NoEnd}]{(node is PlanList ? string.Empty : $", not {node.Kind}")}");
        return (defaults.From, defaults.Until);
    }

    private int Nth(PlanFields fields)
    {
        if (fields.Scalar("nth", "a number") is not { } scalar)
            return 0;
        switch (scalar.Text)
        {
            case AnyVisit:
                return 0;
            case DrawnVisit:
                return -1;
        }

        if (Quantity.TryWhole(scalar.Text, out var nth) && nth is >= 1 and <= MaxCount)
            return (int)nth;
        errors.Add(scalar.Place, $"'nth' is the number of a visit from 1, '{AnyVisit}', or '{DrawnVisit}' for one drawn in each run, not {scalar.Kind}");
        return 0;
    }

    private FaultAmount? Heal(PlanFields fields)
    {
        if (fields.Scalar("heal", Quantity.AmountForm) is not { } scalar)
            return null;
        if (Quantity.TryAmount(scalar.Text, isTime: true, out var amount))
            return amount;
        errors.Add(scalar.Place, $"'heal' is {Quantity.AmountForm}, not {scalar.Kind}");
        return null;
    }

    private FaultSelector Selector(PlanFields fields)
    {
        var selector = new FaultSelector(
            (int?)fields.Whole("vm", 0, topology.Vms - 1),
            (int?)fields.Whole("vcpu", 0, topology.Vcpus - 1),
            fields.Text("device", PlanReader.MaxName),
            (int?)fields.Whole("queue", 0, MaxQueue),
            (int?)fields.Whole("port", 0, VirtioConsoleSpec.MaxPorts - 1),
            (int?)fields.Whole("vector", 0, byte.MaxValue));
        fields.End();
        return selector;
    }

    private static int? When(PlanFields fields)
    {
        var state = (int?)fields.Whole("state", 0, MaxState);
        fields.End();
        return state;
    }

    private FaultRule Parameters(PlanFields fields, FaultRule rule)
    {
        var allowed = vocabulary.ParametersOf(rule.Site, rule.Do);
        var given = rule.Parameters.ToBuilder();
        foreach (var entry in fields.TakeRest())
        {
            if (allowed is not null && !allowed.Contains(entry.Key))
                fields.Unknown(entry, [.. fields.Keys, .. allowed]);
            else if (entry.Value is not PlanScalar { IsMissing: false } scalar)
                errors.Add(entry.Value.Place, $"'{PlanSpelling.Short(entry.Key)}' is one value, not {entry.Value.Kind}");
            else if (vocabulary.WrongWith(rule.Site, rule.Do, entry.Key, scalar.Text) is { } wrong)
                errors.Add(scalar.Place, $"'{entry.Key}' {wrong}");
            else
                given[entry.Key] = scalar.Text;
        }

        return rule with { Parameters = given.ToImmutable() };
    }
}
