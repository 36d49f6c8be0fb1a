using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>Rules of plans, from what a test says.</summary>
internal static partial class SimFaultRules
{
    /// <summary>The rules of a text: a row (<c>F35</c>), <c>site: verb</c> (<c>irq.raise: drop</c>), or YAML as under <c>faults:</c> in a plan.</summary>
    /// <exception cref="ArgumentException">It says no fault; the sentence says what is wrong.</exception>
    public static IReadOnlyList<FaultRule> Parse(string text, IReadOnlyCollection<FaultRule> there)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        var trimmed = text.Trim();
        if (trimmed.StartsWith('-') || trimmed.StartsWith('{') || trimmed.Contains('\n', StringComparison.Ordinal))
            return Read(trimmed, there);
        var parts = trimmed.Split(':', 2, StringSplitOptions.TrimEntries);
        var kind = parts.Length == 2 ? FaultCatalog.Find(null, parts[0], parts[1]) : FaultCatalog.Find(trimmed, null, null);
        return kind is null
            ? throw new ArgumentException($"There is no fault '{trimmed}': give a row such as F35, site and verb such as 'irq.raise: drop', or YAML as under faults: in a plan (actors chaos list faults).", nameof(text))
            : [Of(kind.Row, parts.Length == 2 ? parts[0] : kind.Sites[0], kind.Do, there)];
    }

    /// <summary>A rule of a kind.</summary>
    public static FaultRule Of(string row, string site, string verb, IReadOnlyCollection<FaultRule> there)
    {
        var id = $"{verb}-{site.Replace('.', '-')}";
        var unique = id;
        for (var i = 2; there.Any(rule => rule.Id == unique); i++)
            unique = string.Create(CultureInfo.InvariantCulture, $"{id}-{i}");
        return new FaultRule { Id = unique, Row = row, Site = site, Do = verb };
    }

    /// <summary>A crash of a part at its next message.</summary>
    public static FaultRule CrashNow(SimPart part, int machine, Bdf device, int port, Plan plan)
    {
        var site = SiteOf(part);
        var kind = FaultCatalog.Find(null, site, "crash") ?? throw new ArgumentException($"No fault crashes a {part}.", nameof(part));
        var function = device.ToString();
        return Of(kind.Row, site, "crash", plan.Faults) with
        {
            Nth = 1,
            Times = 1,
            Select = part switch
            {
                SimPart.Device => new FaultSelector(Vm: machine, Device: function),
                SimPart.Port => new FaultSelector(Vm: machine, Device: function, Port: port),
                _ => new FaultSelector(Vm: machine),
            },
        };
    }

    /// <summary>A node's process is gone at its next message. It begins again when all faults are healed: a day is longer than any test.</summary>
    public static FaultRule CrashNode(int node, Plan plan)
    {
        var rule = Of("F76", FaultSites.Node, "node-crash", plan.Faults);
        return rule with { Nth = 1, Times = 1, Select = new FaultSelector(Node: node), Parameters = rule.Parameters.SetItem("restart", "86400s") };
    }

    private static string SiteOf(SimPart part) => part switch
    {
        SimPart.Device => FaultSites.Device,
        SimPart.Port => FaultSites.Port,
        SimPart.DeviceModel => FaultSites.DeviceModel,
        SimPart.Hsm => FaultSites.Hsm,
        SimPart.Vcpu => FaultSites.Vcpu,
        _ => FaultSites.Hypervisor,
    };

    /// <summary>Rules in YAML. One that has no id gets one: only in a plan's file everything is named.</summary>
    private static IReadOnlyList<FaultRule> Read(string yaml, IReadOnlyCollection<FaultRule> there)
    {
        var text = new StringBuilder("name: faults\nfaults:\n");
        var number = there.Count;
        foreach (var item in Items(yaml.StartsWith('-') ? yaml : "- " + yaml.Replace("\n", "\n  ", StringComparison.Ordinal)))
        {
            var named = item;
            if (!IdKey().IsMatch(item))
                named = item[2..].TrimStart().StartsWith('{') ? $"- {{ id: fault-{++number}, {item[2..].TrimStart()[1..]}" : $"- id: fault-{++number}\n  {item[2..]}";
            text.Append("  ").Append(named.ReplaceLineEndings("\n  ")).Append('\n');
        }

        var reading = PlanFile.Parse("faults", text.ToString());
        return reading.Plan is { } plan ? plan.Faults : throw new ArgumentException(string.Join(Environment.NewLine, reading.Errors), nameof(yaml));
    }

    /// <summary>The items of a list: each begins with a dash in the first column.</summary>
    private static List<string> Items(string list)
    {
        var items = new List<string>();
        foreach (var line in list.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("- ", StringComparison.Ordinal) || items.Count == 0)
                items.Add(line);
            else
                items[^1] += "\n" + line;
        }

        return items;
    }

    [GeneratedRegex(@"(^|[\s,{])id\s*:")]
    private static partial Regex IdKey();
}
