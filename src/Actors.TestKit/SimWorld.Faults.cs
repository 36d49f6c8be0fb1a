using System.Globalization;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <content>What goes wrong.</content>
public sealed partial class SimWorld
{
    /// <summary>Loses messages on a link.</summary>
    public SimFault Drop(LinkSite site) => At(site, "drop");

    /// <summary>Delivers messages of a link more than once.</summary>
    public SimFault Duplicate(LinkSite site) => At(site, "duplicate");

    /// <summary>Delivers messages of a link late.</summary>
    /// <param name="site">The link.</param>
    /// <param name="mean">Mean of the exponentially distributed delay.</param>
    public SimFault Delay(LinkSite site, TimeSpan mean) => At(site, "delay").With("delay", $"exp({Amount(mean)})");

    /// <summary>Crashes a part of the service side; say where with <see cref="SimCrash.At"/> or <see cref="SimCrash.AtMessage"/>.</summary>
    public SimCrash Crash(SimPart part) => new(this, part);

    /// <summary>Any fault of <c>actors chaos list faults</c>.</summary>
    /// <param name="site">Where, such as <c>backend.write</c>.</param>
    /// <param name="verb">What, such as <c>shortWrite</c>.</param>
    /// <exception cref="ArgumentException">There is no such fault.</exception>
    public SimFault Fault(string site, string verb)
    {
        var kind = FaultCatalog.Find(null, site, verb) ?? throw new ArgumentException($"There is no fault '{verb}' at '{site}' (actors chaos list faults).", nameof(verb));
        var rule = new FaultRule { Id = UniqueId($"{verb}-{site.Replace('.', '-')}"), Row = kind.Row, Site = site, Do = verb };
        Plan = Plan with { Faults = Plan.Faults.Add(rule) };
        return new SimFault(this, Plan.Faults.Length - 1);
    }

    /// <summary>Changes a rule of the plan.</summary>
    internal void Change(int index, Func<FaultRule, FaultRule> change) =>
        Plan = Plan with { Faults = Plan.Faults.SetItem(index, change(Plan.Faults[index])) };

    internal static string Amount(TimeSpan time) => time.TotalMicroseconds.ToString("0.#", CultureInfo.InvariantCulture) + "us";

    private SimFault At(LinkSite site, string verb)
    {
        ArgumentNullException.ThrowIfNull(site);
        return Fault(site.Name, verb);
    }

    private string UniqueId(string id)
    {
        var unique = id;
        for (var i = 2; Plan.Faults.Any(rule => rule.Id == unique); i++)
            unique = string.Create(CultureInfo.InvariantCulture, $"{id}-{i}");
        return unique;
    }
}
