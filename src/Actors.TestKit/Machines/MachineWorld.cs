namespace Actors.TestKit;

/// <summary>Where a test's machine runs. The same test body runs in all three.</summary>
public enum MachineWorld
{
    /// <summary>The deterministic world: the production actors on one thread, in virtual time, with a seeded schedule. Nothing happens but while the test waits. The default.</summary>
    Simulated,

    /// <summary>The production actors on the test's actor system, in real time.</summary>
    RealTime,

    /// <summary>A cluster of nodes in this process, over loopback sockets, in real time.</summary>
    Cluster,
}
