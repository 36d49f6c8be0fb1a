using System.Collections.Immutable;

namespace Actors.Hsm;

/// <summary>A client to be made with a VM.</summary>
public sealed record IoreqClientDefinition
{
    /// <summary>Makes a definition.</summary>
    /// <param name="name">1 to <see cref="HsmSpec.MaxClientName"/> characters; shown in traces.</param>
    /// <param name="ranges">What it serves, at most <see cref="HsmSpec.MaxRangesPerClient"/> ranges.</param>
    /// <param name="handler">Who serves it. One handler serves one VM.</param>
    public IoreqClientDefinition(string name, ImmutableArray<IoRange> ranges, IIoreqClientHandler handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, HsmSpec.MaxClientName, nameof(name));
        ArgumentNullException.ThrowIfNull(handler);
        Name = name;
        Ranges = ranges.IsDefault ? [] : ranges;
        Handler = handler;
    }

    /// <summary>Shown in traces.</summary>
    public string Name { get; }

    /// <summary>What it serves.</summary>
    public ImmutableArray<IoRange> Ranges { get; }

    /// <summary>Who serves it.</summary>
    public IIoreqClientHandler Handler { get; }
}
