using System.Numerics;

namespace Actors.Simulation;

/// <content>
/// Membership, by Akka's rules: a member is a node in one life. Two members believe each other only while each counts the other, in the life that it has, to its cluster. Who was taken for lost is never let in again in
/// that life, whoever has forgotten of it: to a cluster that was formed without it, it is a stranger, and so is that cluster to it. Who says that it is a member and isn't one here is counted with the members that aren't
/// heard: the smaller side gives up and begins anew. Who joins knows nothing of a cluster until one lets it in, and from then on what that one knows.
/// </content>
internal sealed partial class MemberCore
{
    private readonly Stranger[] _strangers;

    private bool IsJoining => _members[_self].Status == MemberStatus.Joining;

    private bool IsCurrent(int node, int life) => _members[node].Life == life && _members[node].Status != MemberStatus.Down;

    private void Hear(MemberHop.Heartbeat beat)
    {
        if (beat.Version != _version)
        {
            _effects.Tell(ClusterEventKind.VersionRefused, other: beat.From);
            return;
        }

        var (theirs, mine) = (beat.Members[beat.From], beat.Members[_self]);
        if (mine.Life > _life || mine == new MemberState(_life, MemberStatus.Down))
        {
            _members[_self] = mine;
            Out();
            return;
        }

        var known = _members[beat.From];
        if (known.Life > beat.Life || known == new MemberState(beat.Life, MemberStatus.Down))
            return;
        var isLetIn = IsJoining && mine.IsMember && mine.Life == _life;
        if (theirs.Status == MemberStatus.Joining || (IsJoining && !isLetIn))
        {
            // One of the two has no cluster: there is no more to learn than that it is there.
            Learn(beat.From, theirs);
            _heard[beat.From] = _now();
            if (theirs.Status == MemberStatus.Joining)
                _joiners |= 1u << beat.From;
            return;
        }

        if (isLetIn)
            Array.Clear(_members);
        else if (!IsOfMyCluster(beat))
        {
            if (theirs.IsMember)
                _strangers[beat.From] = new Stranger(beat.Life, _now());
            return;
        }

        Learn(beat);
    }

    /// <summary>Whether each of the two counts the other to its cluster, or is about to.</summary>
    private bool IsOfMyCluster(MemberHop.Heartbeat beat) =>
        beat.Members[_self] is { Status: not MemberStatus.Unknown } mine && mine.Life == _life
        && _members[beat.From] is { Status: not MemberStatus.Unknown } theirs && theirs.Life == beat.Life;

    private void Learn(MemberHop.Heartbeat beat)
    {
        for (var i = 0; i < _nodes; i++)
            Learn(i, beat.Members[i]);
        _heard[beat.From] = _now();
        for (var vm = 0; vm < _owners.Length; vm++)
        {
            _owners[vm] = _owners[vm].Merge(beat.Owners[vm]);
            _guard?.Hear(vm, _register[vm], beat.From, beat.Life, beat.Asking);
            _register.Learn(vm, _owners[vm]);
            GiveUpTo(vm, _owners[vm].Token);
        }
    }

    private void Learn(int node, MemberState state)
    {
        var before = _members[node];
        _members[node] = before.Merge(state);
        if (_members[node].IsMember && (!before.IsMember || _members[node].Life != before.Life))
            _heard[node] = Math.Max(_heard[node], _now());
        if (_members[node] != before && _members[node].Status == MemberStatus.Up)
            _effects.Tell(ClusterEventKind.MemberUp, other: node);
    }

    /// <summary>Whom do we not hear, and what follows?</summary>
    private void Look()
    {
        var now = _now();
        var members = Members;
        var unreachable = 0u;
        for (var i = 0; i < _nodes; i++)
        {
            if (i != _self && (members & (1u << i)) != 0 && now - _heard[i] > _times.Detection)
                unreachable |= 1u << i;
        }

        if (IsUp)
        {
            var strangers = Strangers(now) & ~members;
            members |= strangers;
            unreachable |= strangers;
        }

        for (var changes = unreachable ^ _unreachable; changes != 0; changes &= changes - 1)
        {
            var node = BitOperations.TrailingZeroCount(changes);
            _effects.Tell((unreachable & (1u << node)) != 0 ? ClusterEventKind.MemberUnreachable : ClusterEventKind.MemberReachable, other: node);
        }

        if (unreachable != _unreachable)
            _changed = now;
        _unreachable = unreachable;
        if (unreachable == 0 || !IsUp || now - _changed < _times.StableAfter)
            return;
        if (!_effects.Decides(members, members & ~unreachable, _decision.Survives(members, members & ~unreachable)))
        {
            Out();
            return;
        }

        for (var i = 0; i < _nodes; i++)
        {
            if ((unreachable & (1u << i)) == 0)
                continue;
            _members[i] = new MemberState(_members[i].IsMember ? _members[i].Life : _strangers[i].Life, MemberStatus.Down);
            _effects.Tell(ClusterEventKind.MemberDowned, other: i);
        }

        _unreachable = 0;
    }

    /// <summary>Nodes that say that they are members, lately, and in that life are none here, and weren't taken for lost.</summary>
    private uint Strangers(long now)
    {
        var strangers = 0u;
        for (var i = 0; i < _nodes; i++)
        {
            if (_strangers[i].Life > 0 && _strangers[i].Life >= _members[i].Life && _members[i] != new MemberState(_strangers[i].Life, MemberStatus.Down) && now - _strangers[i].HeardAt <= _times.Detection)
                strangers |= 1u << i;
        }

        return strangers;
    }

    /// <summary>There is no cluster: a majority of all nodes that want one make one. What any of them remembered is gone.</summary>
    private void Form()
    {
        if (_members[_self].Status != MemberStatus.Joining)
            return;
        var now = _now();
        var joiners = _joiners | (1u << _self);
        for (var i = 0; i < _nodes; i++)
        {
            if (i != _self && _members[i].IsMember && now - _heard[i] <= _times.Detection)
                return;
        }

        var isComplete = joiners == _all;
        if (BitOperations.PopCount(joiners) < Majority || BitOperations.TrailingZeroCount(joiners) != _self || (!isComplete && now - _born < _times.Detection))
            return;
        for (var i = 0; i < _nodes; i++)
        {
            if ((joiners & (1u << i)) != 0)
                _members[i] = _members[i] with { Status = MemberStatus.Up };
            else if (_members[i].IsMember)
                _members[i] = _members[i] with { Status = MemberStatus.Down };
        }

        _register.IsReady = true;
        _effects.Tell(ClusterEventKind.MemberUp, other: _self);
    }

    /// <summary>A member of another cluster.</summary>
    /// <param name="Life">Its life; 0: there was none.</param>
    /// <param name="HeardAt">When it said so.</param>
    private readonly record struct Stranger(int Life, long HeardAt);
}
