using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The names that plans may use, as the catalogs of this build know them.</summary>
internal class PlanVocabulary
{
    private static readonly string[] OtherSites = ["backend.write", "backend.read", "backend", "guest.memory", "timer", "mailbox", "schedule", "clock", "vcpu", "actor"];

    /// <summary>The catalogs in the box.</summary>
    public static readonly PlanVocabulary InTheBox = new();

    /// <summary>Sites at which faults may be.</summary>
    public virtual IReadOnlyList<string> Sites { get; } =
        [.. LinkSite.All.Select(site => site.Name), .. CrashSite.All.Select(site => site.Name), .. OtherSites];

    /// <summary>Ids of oracles.</summary>
    public virtual IReadOnlyList<string> Oracles { get; } =
        [.. Enumerable.Range(1, 31).Where(i => i != 25).Select(i => $"I{i}"), "L1", "L2", "L3", "L4", "L6", "L7", "L8"];

    /// <summary>Names of flawed variants; empty: not checked.</summary>
    public virtual IReadOnlyList<string> Flaws { get; } = [.. FlawCatalog.Makers.Select(make => make().Name)];

    /// <summary>What can be done at a site; null: not checked.</summary>
    public virtual IReadOnlyList<string>? ActionsAt(string site) => null;

    /// <summary>Parameters of an action at a site; null: not checked.</summary>
    public virtual IReadOnlyList<string>? ParametersOf(string site, string action) => null;

    /// <summary>What is wrong with a parameter's value, as the end of a sentence ("... must be a time, not 'x'"), or null.</summary>
    public virtual string? WrongWith(string site, string action, string parameter, string value) => null;

    /// <summary>The taxonomy's row of an action at a site; null: there is none, or more than one.</summary>
    public virtual string? RowOf(string site, string action) => null;
}
