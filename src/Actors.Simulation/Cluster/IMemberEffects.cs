namespace Actors.Simulation;

/// <summary>What the core of a member asks for.</summary>
internal interface IMemberEffects
{
    /// <summary>Sends to another node.</summary>
    void Send(int node, object message);

    /// <summary>Begins an incarnation of a VM here.</summary>
    void Launch(int vm, ulong token);

    /// <summary>The machine that has the token goes on with a higher one.</summary>
    void Raise(int vm, ulong token, ulong fence);

    /// <summary>Ends it here, in order.</summary>
    void Stop(int vm, ulong token);

    /// <summary>The node's calendar, seconds since 1970.</summary>
    long Seconds { get; }

    /// <summary>Whether a node may run guests.</summary>
    bool HostsGuests(int node);

    /// <summary>This process ends.</summary>
    void Leave();

    /// <summary>Something to tell.</summary>
    void Tell(ClusterEventKind kind, int vm = -1, ulong token = 0, int other = -1);

    /// <summary>A decision on a split is taken, which an experiment may turn around.</summary>
    bool Decides(uint members, uint reachable, bool survives);
}
