using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Reads one fault of a plan.</summary>
internal sealed class FaultRuleReader(PlanErrors errors, PlanTopology topology)
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

    private static readonly (string Word, FaultSelects Value)[] SelectorWords =
    [
        ("vm", FaultSelects.Vm), ("vcpu", FaultSelects.Vcpu), ("device", FaultSelects.Device),
        ("queue", FaultSelects.Queue), ("port", FaultSelects.Port), ("vector", FaultSelects.Vector), ("node", FaultSelects.Node),
    ];

    /// <summary>Reads it.</summary>
    public FaultRule Read(PlanFields fields)
    {
        var id = fields.Needed("id", PlanReader.MaxName);
        var kind = Kind(fields, out var site);
        var rule = new FaultRule { Id = id, Row = kind?.Row ?? string.Empty, Site = site, Do = kind?.Do ?? string.Empty };
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
            Select = fields.Fields("select", "a selector") is { } select ? Selector(select, kind) : rule.Select,
            WhenState = fields.Fields("when", "a condition") is { } when ? When(when) : null,
            NewState = (int?)fields.Whole("setState", 0, MaxState),
            HealAfter = Heal(fields),
        };
        if (kind is not null && topology.Nodes == 1 && site is FaultSites.Node or FaultSites.Network or FaultSites.Decision)
            errors.Add(fields.Place, $"{kind!.Row} {kind.Do} needs more than one node: give the topology 'nodes: 3'");
        if (rule.Probability == 0)
            fields.Wrong("p", "a fault with 'p: 0' never fires, remove it");
        if (rule.Activation == 0)
            fields.Wrong("activation", "a fault with 'activation: 0' never fires, remove it");
        return Parameters(fields, rule, kind);
    }

    /// <summary>The kind of fault that row, site and verb mean together: a row alone is enough, or site and verb.</summary>
    private FaultKind? Kind(PlanFields fields, out string site)
    {
        var row = fields.Text("row", PlanReader.MaxName);
        var where = fields.Text("site", PlanReader.MaxName);
        var verb = fields.Text("do", PlanReader.MaxName);
        site = where ?? string.Empty;
        if (row is null && (where is null || verb is null))
        {
            errors.Add(fields.Place, "a fault needs 'site:' and 'do:', or 'row:'");
            return null;
        }

        if (FaultCatalog.Find(row, where, verb) is { } kind)
        {
            site = where ?? kind.Sites[0];
            return kind;
        }

        if (row is not null && FaultCatalog.Of(row).IsEmpty)
            fields.Wrong("row", $"there is no fault '{PlanSpelling.Short(row)}'{HintOrAll(row, FaultCatalog.Rows, $", the rows are {FaultCatalog.Rows[0]} to {FaultCatalog.Rows[^1]}, see docs/chaos.md")}");
        else if (where is not null && !FaultSites.All.Contains(where))
            fields.Wrong("site", $"there is no site '{PlanSpelling.Short(where)}'{HintOrAll(where, FaultSites.All, $", the sites are {PlanSpelling.Listed(FaultSites.All)}")}");
        else
            WrongTogether(fields, row, where, verb);
        return null;
    }

    private static string HintOrAll(string word, IReadOnlyList<string> known, string all)
    {
        var hint = PlanSpelling.Hint(word, known);
        return hint.Length > 0 ? hint : all;
    }

    /// <summary>The row and the site are there, but nothing has them and the verb.</summary>
    private static void WrongTogether(PlanFields fields, string? row, string? site, string? verb)
    {
        var kinds = FaultCatalog.All.Where(kind => (row is null || kind.Row == row) && (site is null || kind.Sites.Contains(site))).ToArray();
        if (kinds.Length == 0)
        {
            string[] sites = [.. FaultCatalog.Of(row!).SelectMany(kind => kind.Sites).Distinct()];
            fields.Wrong("site", $"{row} isn't at {site}, but at {PlanSpelling.Listed(sites)}");
            return;
        }

        string[] verbs = [.. kinds.Select(kind => kind.Do).Distinct()];
        var what = site is null ? $"{row} has no '{PlanSpelling.Short(verb!)}'" : $"there is no '{PlanSpelling.Short(verb!)}' at {site}{(row is null ? string.Empty : $" in {row}")}";
        fields.Wrong("do", what + HintOrAll(verb!, verbs, $", there is {PlanSpelling.Listed(verbs)}"));
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

    private FaultSelector Selector(PlanFields fields, FaultKind? kind)
    {
        var allowed = kind?.Selects ?? (FaultSelects)byte.MaxValue;
        var selector = new FaultSelector(
            Number("vm", FaultSelects.Vm, topology.Vms - 1),
            Number("vcpu", FaultSelects.Vcpu, topology.Vcpus - 1),
            Fits("device", FaultSelects.Device) ? Device(fields) : null,
            Number("queue", FaultSelects.Queue, MaxQueue),
            Number("port", FaultSelects.Port, VirtioConsoleSpec.MaxPorts - 1),
            Number("vector", FaultSelects.Vector, byte.MaxValue),
            Number("node", FaultSelects.Node, topology.Nodes - 1));
        fields.End();
        return selector;

        int? Number(string key, FaultSelects what, int most) => Fits(key, what) ? (int?)fields.Whole(key, 0, most) : null;

        bool Fits(string key, FaultSelects what)
        {
            if ((allowed & what) != 0 || !fields.Has(key))
                return true;
            string[] others = [.. SelectorWords.Where(word => (allowed & word.Value) != 0).Select(word => word.Word)];
            fields.Wrong(key, $"{kind!.Row} {kind.Do} can't be told by '{key}'{(others.Length == 0 ? ", it hits all" : $", only by {PlanSpelling.Listed(others)}")}");
            fields.Node(key);
            return false;
        }
    }

    private static string? Device(PlanFields fields)
    {
        if (fields.Text("device", PlanReader.MaxName) is not { } device)
            return null;
        string[] parts = device.Split('.');
        if (parts.All(part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            && (parts.Length == 3 || (parts.Length == 1 && int.Parse(device, CultureInfo.InvariantCulture) < TopologyReader.MaxDevices)))
            return device;
        fields.Wrong("device", $"'device' is the number of a VM's device from 0, or its function such as 0.3.0, not '{PlanSpelling.Short(device)}'");
        return null;
    }

    private int? When(PlanFields fields)
    {
        if (!fields.Has("state"))
            errors.Add(fields.Place, "a condition needs 'state:'");
        var state = (int?)fields.Whole("state", 0, MaxState);
        fields.End();
        return state;
    }

    private FaultRule Parameters(PlanFields fields, FaultRule rule, FaultKind? kind)
    {
        var given = rule.Parameters.ToBuilder();
        foreach (var entry in fields.TakeRest())
        {
            if (kind is null)
                continue;
            if (kind.Find(entry.Key) is not { } parameter)
                fields.Unknown(entry, [.. fields.Keys, .. kind.Parameters.Select(known => known.Name)]);
            else if (entry.Value is not PlanScalar { IsMissing: false } scalar)
                errors.Add(entry.Value.Place, $"'{entry.Key}' is one value, not {entry.Value.Kind}");
            else if (Form(parameter, scalar.Text) is { } form)
                errors.Add(scalar.Place, $"'{entry.Key}' is {form}, not {scalar.Kind}{PlanSpelling.Hint(scalar.Text, parameter.Choices)}");
            else
                given[entry.Key] = scalar.Text;
        }

        return rule with { Parameters = given.ToImmutable() };
    }

    /// <summary>Null, or what a parameter's value should look like and doesn't.</summary>
    private static string? Form(FaultParameter parameter, string text) => parameter.Kind switch
    {
        FaultParameterKind.Number => Quantity.TryWhole(text, out var number) && number >= 0 ? null : "a whole number",
        FaultParameterKind.DrawnNumber => Quantity.TryAmount(text, isTime: false, out _) ? null : Quantity.NumberForm,
        FaultParameterKind.DrawnTime => Quantity.TryAmount(text, isTime: true, out _) ? null : Quantity.AmountForm,
        FaultParameterKind.Choice => parameter.Choices.Contains(text) ? null : $"one of {PlanSpelling.Listed(parameter.Choices)}",
        _ => text.Length is > 0 and <= PlanReader.MaxName && !text.Any(char.IsControl) ? null : $"a text of 1 to {PlanReader.MaxName} characters",
    };
}
