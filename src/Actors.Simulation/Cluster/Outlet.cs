namespace Actors.Simulation;

/// <summary>
/// What is behind a port's backend and outlives nodes: a file, a socket's other end. It takes bytes only from the owner with the highest token that it has seen.
/// </summary>
internal class Outlet
{
    /// <summary>The highest token that came here.</summary>
    public ulong Highest { get; private set; }

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
