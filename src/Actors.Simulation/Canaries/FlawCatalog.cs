using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The deliberately wrong variants in the box.</summary>
internal static class FlawCatalog
{
    /// <summary>Makers of all, in order of their oracles.</summary>
    public static ImmutableArray<Func<Flaw>> Makers { get; } = [.. MuseumFlaws.Makers];

    /// <summary>A fresh instance of the flaw of a name, or null.</summary>
    public static Flaw? Find(string name)
    {
        foreach (var make in Makers)
        {
            var flaw = make();
            if (flaw.Name == name)
                return flaw;
        }

        return null;
    }
}
