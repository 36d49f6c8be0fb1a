using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Numbers for names of actors, from <see cref="World.FirstActor"/> on.</summary>
internal sealed class ActorNumbers
{
    /// <summary>Names there may be; an actor beyond has no number.</summary>
    public const int Max = 64 * 1024;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>All, in the order of their numbers.</summary>
    public ImmutableArray<string> All => [.. _names];

    /// <summary>The number of a name, or -1 when there are too many.</summary>
    public int NumberOf(string name)
    {
        if (_numbers.TryGetValue(name, out var number))
            return number;
        if (_names.Count == Max)
            return -1;
        number = World.FirstActor + _names.Count;
        _numbers.Add(name, number);
        _names.Add(name);
        return number;
    }

    /// <summary>The name of a number.</summary>
    public string NameOf(int number) => (uint)(number - World.FirstActor) < (uint)_names.Count ? _names[number - World.FirstActor] : "the outside";
}
