using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Decides what is done when a backend of a VM remembers a higher token than the VM has. Bounded: what always remembers a higher one, whatever it is told, ends the attempts, and so does one that no cluster
/// can have given. No actor in it.
/// </summary>
internal sealed class TokenRaises
{
    /// <summary>Times that a higher token is asked for, beside once for each port: a VM has several backends.</summary>
    public const int Most = 20;

    private FencingToken _asked;
    private bool _hasSaid;

    /// <summary>Times that a higher token was asked for.</summary>
    public int Count { get; private set; }

    /// <summary>What is to be done.</summary>
    /// <param name="mine">The VM's token.</param>
    /// <param name="seen">What the backend remembers.</param>
    /// <param name="ports">Ports of the VM.</param>
    public RaiseChoice Weigh(FencingToken mine, FencingToken seen, int ports)
    {
        if (seen < mine)
            return RaiseChoice.Tell;
        if (!FenceTokens.CanPass(seen))
            return RaiseChoice.Impossible;

        // Asked for already: a question may be lost, and asked twice is answered once.
        if (seen <= _asked)
            return RaiseChoice.Ask;
        if (Count >= Most + ports)
            return RaiseChoice.TooOften;
        Count++;
        _asked = seen;
        return RaiseChoice.Ask;
    }

    /// <summary>A sentence for a person, once, for a choice that ends the attempts; else null.</summary>
    public string? Explain(RaiseChoice choice, VmId vm, FencingToken seen)
    {
        if (_hasSaid || choice is not (RaiseChoice.Impossible or RaiseChoice.TooOften))
            return null;
        _hasSaid = true;
        const string what = "its port waits; stop what answers so, or have it forget: for a file, and for actors receive, remove NAME.owner while nobody writes";
        return choice == RaiseChoice.Impossible
            ? $"{vm}: a backend remembers {seen}, which no cluster can have given: {what}."
            : $"{vm}: a backend has remembered a higher token {Count} times, now {seen}, whatever it was told: {what}.";
    }
}

/// <summary>What is done about a higher token.</summary>
internal enum RaiseChoice : byte
{
    /// <summary>The VM has a higher one by now: it is told again.</summary>
    Tell,

    /// <summary>A token above it is asked for.</summary>
    Ask,

    /// <summary>Nothing: no cluster can have given that one.</summary>
    Impossible,

    /// <summary>Nothing: it was tried too often.</summary>
    TooOften,
}
