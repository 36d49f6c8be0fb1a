using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Every kind of fault that a plan may name. Rows F01 to F84, F86, F88 and F89 of the project's taxonomy.
/// </summary>
public static partial class FaultCatalog
{
    /// <summary>All kinds, by row.</summary>
    public static ImmutableArray<FaultKind> All { get; } =
        [.. Interrupts(), .. Requests(), .. Crashes(), .. Backends(), .. GuestSide(), .. Runtime(), .. Clusters()];

    /// <summary>Every row, in order, once.</summary>
    public static ImmutableArray<string> Rows { get; } = [.. All.Select(kind => kind.Row).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The kinds of a row; empty when there is no such row.</summary>
    public static ImmutableArray<FaultKind> Of(string row) => [.. All.Where(kind => kind.Row == row)];

    /// <summary>
    /// The kind that a plan means. What it leaves out is null: a row alone means the first kind of the row, at its first site; site and verb without a row
    /// mean the first row that has them.
    /// </summary>
    public static FaultKind? Find(string? row, string? site, string? verb)
    {
        foreach (var kind in All)
        {
            if ((row is null || kind.Row == row) && (site is null || kind.Sites.Contains(site)) && (verb is null || kind.Do == verb))
                return kind;
        }

        return null;
    }

    /// <summary>The kind of a rule.</summary>
    public static FaultKind? Find(FaultRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return Find(rule.Row, rule.Site, rule.Do);
    }

    private static FaultParameter Number(string name, string standard, string meaning) => new(name, FaultParameterKind.Number, standard, meaning);

    private static FaultParameter Drawn(string name, string standard, string meaning) => new(name, FaultParameterKind.DrawnNumber, standard, meaning);

    private static FaultParameter Time(string name, string standard, string meaning) => new(name, FaultParameterKind.DrawnTime, standard, meaning);

    private static FaultParameter Text(string name, string standard, string meaning) => new(name, FaultParameterKind.Text, standard, meaning);

    [SuppressMessage("Style", "IDE0301", Justification = "Words are the choices.")]
    private static FaultParameter Choice(string name, string meaning, params string[] words) =>
        new(name, FaultParameterKind.Choice, words[0], meaning) { Choices = [.. words] };

    private static ImmutableArray<string> Names(params LinkSite[] sites) => [.. sites.Select(site => site.Name)];
}
