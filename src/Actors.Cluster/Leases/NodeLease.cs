using System.Collections.Immutable;
using Actors.DeviceModel;

namespace Actors.Cluster;

/// <summary>
/// A node's lease: good for a while from the moment at which it asked those members that, all together a majority, have answered. The clock is monotonic and goes on while the process is stopped: a node that
/// wakes up finds its lease run out, whatever it has not yet heard. Alone in its cluster, or with a majority by itself, it has the lease for good.
/// </summary>
internal sealed class NodeLease : IOwnerLease
{
    private const long Always = long.MaxValue;
    private const long Never = long.MinValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _askedAt = [];
    private readonly LeaseWaiters _waiters;
    private readonly TimeProvider _clock;
    private readonly int _self;
    private readonly long _length;
    private ImmutableArray<int> _members = [];
    private long _until = Never;
    private long _heldCalls;
    private bool _isRevoked;

    public NodeLease(int self, LeaseTimes times, TimeProvider clock)
    {
        (_self, _clock) = (self, clock);
        _length = (long)(times.Length.TotalSeconds * clock.TimestampFrequency);
        _waiters = new LeaseWaiters(() => Holds);
    }

    /// <inheritdoc/>
    public bool Holds => Volatile.Read(ref _until) is var until && (until == Always || _clock.GetTimestamp() < until);

    /// <summary>Calls that did not happen since it had run out.</summary>
    public long HeldCalls => Interlocked.Read(ref _heldCalls);

    /// <summary>Who waits for it.</summary>
    public int Waiting => _waiters.Count;

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
            if (from == _self || !_members.Contains(from) || askedAt > _clock.GetTimestamp() || (_askedAt.TryGetValue(from, out var known) && known >= askedAt))
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
    public void Await(ILeaseWaiter waiter) => _waiters.Await(waiter);

    /// <inheritdoc/>
    public void Forget(ILeaseWaiter waiter) => _waiters.Forget(waiter);

    private void Reckon()
    {
        lock (_gate)
        {
            if (_isRevoked || _members.IsEmpty)
                return;
            var since = LeaseQuorum.HeardSince(_members, member => member == _self ? Always : _askedAt.GetValueOrDefault(member, Never));
            var until = since is Always or Never ? since : since + _length;

            // Who needed nobody until now has its lease from this moment: whoever came since would have to miss it for as long as anybody.
            var earned = _until == Always ? _clock.GetTimestamp() + _length : _until;
            Volatile.Write(ref _until, Math.Max(until, earned));
        }

        _waiters.Tell();
    }
}
