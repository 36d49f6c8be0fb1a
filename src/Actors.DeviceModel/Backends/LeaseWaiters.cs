namespace Actors.DeviceModel;

/// <summary>Who waits for a lease. Told without the lock: waiters hold theirs when they ask.</summary>
/// <param name="holds">Whether the lease holds. Safe from any thread.</param>
internal sealed class LeaseWaiters(Func<bool> holds)
{
    private readonly Lock _gate = new();
    private readonly List<ILeaseWaiter> _waiters = [];

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiters.Count;
        }
    }

    /// <inheritdoc cref="IOwnerLease.Await"/>
    public void Await(ILeaseWaiter waiter)
    {
        lock (_gate)
        {
            if (!holds())
            {
                if (!_waiters.Contains(waiter))
                    _waiters.Add(waiter);
                return;
            }
        }

        waiter.OnLease();
    }

    /// <inheritdoc cref="IOwnerLease.Forget"/>
    public void Forget(ILeaseWaiter waiter)
    {
        lock (_gate)
            _waiters.Remove(waiter);
    }

    /// <summary>The lease may hold again: if so, all are told. To be called after every change from which it could.</summary>
    public void Tell()
    {
        ILeaseWaiter[] told;
        lock (_gate)
        {
            if (_waiters.Count == 0 || !holds())
                return;
            told = [.. _waiters];
            _waiters.Clear();
        }

        foreach (var waiter in told)
            waiter.OnLease();
    }
}
