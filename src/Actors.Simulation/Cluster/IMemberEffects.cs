namespace Actors.Simulation;

/// <summary>What the core of a member asks for.</summary>
internal interface IMemberEffects
{
    /// <summary>Sends to another node.</summary>
    void Send(int node, object message);

    /// <summary>Begins an incarnation of a VM here.</summary>
    void Launch(int vm, ulong token);

    /// <summary>Ends it here, in order.</summary>
    void Stop(int vm, ulong token);

    /// <summary>The highest token that the VM's backends have seen, and whether the VM's observer has heard of its end.</summary>
    ulong HighestAtBackends(int vm);

    /// <summary>This process ends.</summary>
    void Leave();

    /// <summary>Something to tell.</summary>
    void Tell(ClusterEventKind kind, int vm = -1, ulong token = 0, int other = -1);

    /// <summary>Whether an experiment turns the decision on a split around.</summary>
    bool Decides(bool survives);
}
