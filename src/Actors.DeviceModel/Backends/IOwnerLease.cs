namespace Actors.DeviceModel;

/// <summary>
/// A node's right to touch what another node may come to touch in its place: sockets, terminals, pipes, which know no fencing tokens. Asked on the thread of the system call,
/// directly before it. A check isn't a fence: who is stopped between the two does what it was about to. That is why it runs out well before others may begin.
/// </summary>
internal interface IOwnerLease
{
    /// <summary>True while nobody else can own what this node owns.</summary>
    bool Holds { get; }

    /// <summary>Counts a call that did not happen since the lease had run out.</summary>
    void CountHeld();

    /// <summary>Has a waiter told, once, when the lease holds again; at once when it does. Safe from any thread.</summary>
    void Await(ILeaseWaiter waiter);

    /// <summary>Takes <see cref="Await"/> back. A call that is already on its way may still come.</summary>
    void Forget(ILeaseWaiter waiter);
}

/// <summary>Waits for a lease.</summary>
internal interface ILeaseWaiter
{
    /// <summary>The lease holds again. Called from any thread, and from within <see cref="IOwnerLease.Await"/>; must neither block nor throw.</summary>
    void OnLease();
}
