namespace Actors.Simulation;

/// <summary>
/// What is behind a port's backend and outlives nodes: a file, a socket's other end. It takes bytes only from the owner with the highest token that it has seen.
/// </summary>
internal class Outlet
{
    /// <summary>The highest token that came here.</summary>
    public ulong Highest { get; private set; }

    /// <summary>Whether it tells a writer which token it remembers and how much of the stream it has: so files and receivers of streams do.</summary>
    public bool Tells { get; init; }

    /// <summary>Bytes of the stream that are here, of all writers, where it tells.</summary>
    public long Position { get; set; }

    /// <summary>Whether an owner may have an effect here; a higher token is remembered.</summary>
    public virtual bool Admits(ulong token)
    {
        if (token < Highest)
            return false;
        Highest = token;
        return true;
    }
}

/// <summary>What is behind a socket or a terminal: it knows no tokens, and takes bytes from whoever comes.</summary>
internal sealed class OpenOutlet : Outlet
{
    /// <inheritdoc/>
    public override bool Admits(ulong token)
    {
        base.Admits(token);
        return true;
    }
}
