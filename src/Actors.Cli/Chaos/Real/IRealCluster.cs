using Actors.Cluster;

namespace Actors.Cli;

/// <summary>What an experiment does to nodes that are processes.</summary>
internal interface IRealCluster
{
    /// <summary>Nodes.</summary>
    int Count { get; }

    /// <summary>The network between them.</summary>
    FaultyNetwork Network { get; }

    /// <summary>Whether a node's process is there and not stopped.</summary>
    bool IsRunning(int node);

    /// <summary>Ends a process at once; it stays away until <see cref="Start"/>.</summary>
    void Kill(int node);

    /// <summary>Ends a process in order: it gives its VMs away first. When it is gone, a new one begins.</summary>
    /// <param name="node">Which.</param>
    /// <param name="isForeign">The new one has other wire types than everybody else, until <see cref="Restore"/>.</param>
    void Replace(int node, bool isForeign);

    /// <summary>A node that has other wire types, or will have them, gets the right ones.</summary>
    void Restore(int node);

    /// <summary>Starts a process where none is; else ends it at once and starts it anew.</summary>
    void Start(int node);

    /// <summary>Stops a process, which keeps all that it has.</summary>
    void Pause(int node);

    /// <summary>Sets a node's clock, also that of its next process.</summary>
    /// <param name="node">Which.</param>
    /// <param name="offset">How far its calendar is off.</param>
    /// <param name="partsPerMillion">How much faster than right it runs.</param>
    void SetClock(int node, TimeSpan offset, long partsPerMillion);

    /// <summary>Lets a stopped process go on.</summary>
    void Resume(int node);
}
