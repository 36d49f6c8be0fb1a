using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// A node's part in the leases of its cluster: asks for its own, answers others, and, when a node is lost, finds out from all members that it can reach, and from enough of them, that what they granted to it has
/// run out. Before that nobody here gets a token. It outlives its actor's crashes.
/// </summary>
internal sealed class LeaseBook(int self, NodeLease lease, LeaseTimes times, TimeProvider clock)
{
    private readonly LeaseGrants _grants = new(times, clock);
    private readonly SortedDictionary<int, Loss> _unsettled = [];
    private ImmutableArray<int> _members = [];
    private ImmutableArray<int> _reachable = [];

    /// <summary>What leaves.</summary>
    public required ILeaseEffects Effects { get; set; }

    /// <summary>The node's lease.</summary>
    public NodeLease Lease => lease;

    /// <summary>True when no lost node can have a lease any more.</summary>
    public bool IsSettled => _unsettled.Count == 0;

    /// <summary>True when nothing that this node granted to another can be good any more.</summary>
    public bool HasRunOut(int node) => _grants.HasRunOut(node);

    /// <summary>Who takes part.</summary>
    /// <param name="members">Members, in the order of their addresses.</param>
    /// <param name="reachable">Those of them that are neither lost nor missed by anybody.</param>
    public void SetMembers(ImmutableArray<int> members, ImmutableArray<int> reachable)
    {
        (_members, _reachable) = (members, reachable);
        if (members.Contains(self))
            lease.SetMembers(members);
        Settle();
    }

    /// <summary>A round: asks everybody.</summary>
    public void Renew()
    {
        if (lease.IsForGood)
            return;
        var now = clock.GetTimestamp();
        foreach (var member in _members)
        {
            if (member != self)
                Effects.Send(member, new LeaseHop.Renew(self, now));
        }
    }

    /// <summary>Others took this node for lost.</summary>
    public void Revoke() => lease.Revoke();

    /// <summary>A node is taken for lost: whatever ran there may be started elsewhere.</summary>
    public void Lose(int node)
    {
        _grants.Lose(node);
        if (node != self)
            _unsettled.TryAdd(node, new Loss(_members, clock.GetTimestamp()));
        Settle();
    }

    /// <summary>Asks those again that have not answered.</summary>
    public void Settle() => Reckon(mayAsk: true);

    /// <summary>An answer never makes a question: two that answer at once, one of them in the name of its process before, would have no end.</summary>
    private void Reckon(bool mayAsk)
    {
        foreach (var (lost, loss) in _unsettled.ToArray())
        {
            var isSettled = _grants.HasRunOut(lost) && (loss.IsHeardByEnough(self) || clock.GetElapsedTime(loss.Since) >= times.Window);
            foreach (var member in _reachable)
            {
                if (member == self || member == lost || loss.Heard.Contains(member))
                    continue;
                isSettled = false;
                if (mayAsk)
                    Effects.Send(member, new LeaseHop.Settle(self, lost));
            }

            if (isSettled)
                _unsettled.Remove(lost);
        }

        if (IsSettled)
            Effects.Settled();
    }

    /// <summary>A message of another node.</summary>
    public void Hear(object message)
    {
        switch (message)
        {
            case LeaseHop.Renew renew:
                if (_reachable.Contains(renew.From) && _grants.TryGrant(renew.From))
                    Effects.Send(renew.From, new LeaseHop.Granted(renew.From, self, renew.SentAt));
                break;
            case LeaseHop.Granted granted when granted.To == self:
                lease.Granted(granted.From, granted.SentAt);
                break;
            case LeaseHop.Settle settle:
                _grants.Lose(settle.Lost);
                if (_grants.HasRunOut(settle.Lost))
                    Effects.Send(settle.From, new LeaseHop.Settled(settle.From, self, settle.Lost));
                break;
            case LeaseHop.Settled settled when settled.To == self && _unsettled.TryGetValue(settled.Lost, out var loss):
                loss.Heard.Add(settled.From);
                Reckon(mayAsk: false);
                break;
        }
    }
}

/// <summary>A lost node that may still have a lease.</summary>
/// <param name="members">Who was a member when it was lost: of these it needed enough.</param>
/// <param name="since">When it was lost. Who was put out by hand, with a majority, is waited for no longer than the window.</param>
internal sealed class Loss(ImmutableArray<int> members, long since)
{
    /// <summary>Members that have nothing out any more.</summary>
    public HashSet<int> Heard { get; } = [];

    /// <summary>When it was lost.</summary>
    public long Since => since;

    /// <summary>True when no set that would be enough for a lease is without one of those that answered.</summary>
    public bool IsHeardByEnough(int self) => members.IsEmpty || LeaseQuorum.HeardSince(members, member => member == self || Heard.Contains(member) ? 0 : long.MinValue) == 0;
}

/// <summary>What leaves a <see cref="LeaseBook"/>.</summary>
internal interface ILeaseEffects
{
    /// <summary>Sends to a node's keeper.</summary>
    void Send(int node, object message);

    /// <summary>No lost node can have a lease any more: who waited for that may go on.</summary>
    void Settled();
}
