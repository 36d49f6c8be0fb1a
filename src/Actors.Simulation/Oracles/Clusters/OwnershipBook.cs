namespace Actors.Simulation;

/// <summary>
/// The rules of I20 and I24 on fencing tokens of one VM, wherever its events come from: the world, or real processes.
/// </summary>
internal sealed class OwnershipBook
{
    private readonly List<ulong> _begun = [];

    /// <summary>The highest token that had an effect.</summary>
    public ulong Acting { get; private set; }

    /// <summary>An incarnation begins with a token. False: another one has it.</summary>
    public bool Begin(ulong token)
    {
        if (_begun.Contains(token))
            return false;
        _begun.Add(token);
        return true;
    }

    /// <summary>The incarnation of a token has an effect on a backend. False: another one has taken its place.</summary>
    public bool Act(ulong token)
    {
        if (token < Acting)
            return false;
        Acting = token;
        return true;
    }
}
