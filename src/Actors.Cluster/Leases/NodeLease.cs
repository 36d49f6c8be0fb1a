using System.Collections.Immutable;
using Actors.DeviceModel;

namespace Actors.Cluster;

/// <summary>
/// A node's lease: good for a while from the moment at which it asked those members that, all together a majority, have answered. The clock is monotonic and goes on while the process is stopped: a node that
/// wakes up finds its lease run out, whatever it has not yet heard. Alone in its cluster, or with a majority by itself, it has the lease for good.
/// </summary>
internal sealed class NodeLease(int self, LeaseTimes times, TimeProvider clock) : IOwnerLease
{
    private const long Always = long.MaxValue;
    private const long Never = long.MinValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _askedAt = [];
    private readonly List<ILeaseWaiter> _waiters = [];
    private readonly long _length = (long)(times.Length.TotalSeconds * clock.TimestampFrequency);
    private ImmutableArray<int> _members = [];
    private long _until = Never;
    private long _heldCalls;
    private bool _isRevoked;

    /// <inheritdoc/>
    public bool Holds => Volatile.Read(ref _until) is var until && (until == Always || clock.GetTimestamp() < until);

    /// <summary>Calls that did not happen since it had run out.</summary>
    public long HeldCalls => Interlocked.Read(ref _heldCalls);

    /// <summary>Who waits for it.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiters.Count;
        }
    }

    /// <summary>True when no member has to be asked.</summary>
    public bool IsForGood => Volatile.Read(ref _until) == Always;

    /// <summary>These are the members, this node among them, in the order of their addresses. What was earned before stays earned.</summary>
    public void SetMembers(ImmutableArray<int> members)
    {
        lock (_gate)
        {
            _members = members;
            foreach (var gone in _askedAt.Keys.Where(known => !members.Contains(known)).ToArray())
                _askedAt.Remove(gone);
        }

        Reckon();
    }

    /// <summary>A member answers what it was asked at a moment of this clock.</summary>
    public void Granted(int from, long askedAt)
    {
        lock (_gate)
        {
            if (from == self || !_members.Contains(from) || askedAt > clock.GetTimestamp() || (_askedAt.TryGetValue(from, out var known) && known >= askedAt))
                return;
            _askedAt[from] = askedAt;
        }

        Reckon();
    }

    /// <summary>The node is no member any more: it owns nothing, for good.</summary>
    public void Revoke()
    {
        lock (_gate)
        {
            _isRevoked = true;
            Volatile.Write(ref _until, Never);
        }
    }

    /// <inheritdoc/>
    public void CountHeld() => Interlocked.Increment(ref _heldCalls);

    /// <inheritdoc/>
    public void Await(ILeaseWaiter waiter)
    {
        lock (_gate)
        {
            if (!Holds)
            {
                if (!_waiters.Contains(waiter))
                    _waiters.Add(waiter);
                return;
            }
        }

        waiter.OnLease();
    }

    /// <inheritdoc/>
    public void Forget(ILeaseWaiter waiter)
    {
        lock (_gate)
            _waiters.Remove(waiter);
    }

    private void Reckon()
    {
        ILeaseWaiter[] waiters;
        lock (_gate)
        {
            if (_isRevoked || _members.IsEmpty)
                return;
            var since = LeaseQuorum.HeardSince(_members, member => member == self ? Always : _askedAt.GetValueOrDefault(member, Never));
            var until = since is Always or Never ? since : since + _length;

            // Who needed nobody until now has its lease from this moment: whoever came since would have to miss it for as long as anybody.
            var earned = _until == Always ? clock.GetTimestamp() + _length : _until;
            Volatile.Write(ref _until, Math.Max(until, earned));
            if (!Holds || _waiters.Count == 0)
                return;
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        foreach (var waiter in waiters)
            waiter.OnLease();
    }
}
