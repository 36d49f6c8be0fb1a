namespace Actors.DeviceModel;

/// <summary>
/// Stands before the system calls of a backend that knows no fencing tokens. While its owner's lease has run out, nothing is written, read, connected or accepted: the
/// backend says that it would block, and signals when the lease is back. Whoever has no lease owns for sure (<c>actors run</c>), and pays a comparison with null.
/// </summary>
/// <param name="lease">The node's, or null.</param>
/// <param name="events">Whom to signal.</param>
internal sealed class LeaseGate(IOwnerLease? lease, IPortBackendEvents events) : ILeaseWaiter, IDisposable
{
    private int _wanted;

    /// <summary>May the call that follows be made? If not, it is counted.</summary>
    public bool Opens()
    {
        if (lease is null || lease.Holds)
            return true;
        lease.CountHeld();
        return false;
    }

    /// <summary>Waits instead of the backend: true while there is no lease. Replaces earlier wishes, as <see cref="IPortBackend.Arm"/> does.</summary>
    public bool Waits(BackendInterest interest)
    {
        if (lease is null)
            return false;
        if (interest == BackendInterest.None || lease.Holds)
        {
            if (Interlocked.Exchange(ref _wanted, 0) != 0)
                lease.Forget(this);
            return false;
        }

        Volatile.Write(ref _wanted, (int)interest);
        lease.Await(this);
        return true;
    }

    /// <inheritdoc/>
    public void OnLease()
    {
        if (Interlocked.Exchange(ref _wanted, 0) is var wanted and not 0)
            events.Signal((BackendInterest)wanted);
    }

    /// <inheritdoc/>
    public void Dispose() => Waits(BackendInterest.None);
}
