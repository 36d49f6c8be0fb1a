using System.Globalization;
using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace Actors.Cluster;

/// <summary>
/// <c>/user/gate</c>: nodes that speak other wire types don't stay in one cluster. Each node carries the fingerprint of its types as a role; a newcomer with another one is put
/// out by those who are there, and goes by itself when it sees them.
/// </summary>
internal sealed class Gatekeeper : UntypedActor
{
    private const string Prefix = "wire-";

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly HashSet<UniqueAddress> _refused = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>The role that tells this build's wire types.</summary>
    public static string Role { get; } = Prefix + WireSchema.Instance.Fingerprint.ToString("x8", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    protected override void PreStart() =>
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed:
                _refused.Remove(removed.Member.UniqueAddress);
                break;
            case ClusterEvent.IMemberEvent { Member: var member } when member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up:
                Judge(member);
                break;
            default:
                break;
        }
    }

    private void Judge(Member member)
    {
        var self = _cluster.SelfMember;
        var theirs = member.Roles.FirstOrDefault(role => role.StartsWith(Prefix, StringComparison.Ordinal));
        var mine = self.Roles.FirstOrDefault(role => role.StartsWith(Prefix, StringComparison.Ordinal));
        if (theirs == mine || !_refused.Add(member.UniqueAddress))
            return;
        if (self.Status is MemberStatus.Up or MemberStatus.WeaklyUp)
        {
            if (member.Status is not MemberStatus.Joining)
                return;
            _log.Warning("Node {0} is refused: it is of a build with other messages ({1}, here {2})", member.Address, theirs ?? "none", mine);
            _cluster.Down(member.Address);
        }
        else
        {
            _log.Error("The cluster of {0} is of a build with other messages ({1}, here {2}); this node doesn't join it", member.Address, theirs ?? "none", mine);
            _cluster.Down(_cluster.SelfAddress);
        }
    }
}
