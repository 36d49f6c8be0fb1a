using System.Numerics;

namespace Actors.Simulation;

/// <summary>
/// A node's part in a cluster, without an actor: who is a member, whom it hears, what is done about those it doesn't, and who owns which VM. Ownership is had by
/// a token that a majority of all nodes granted; membership only says who should ask for it. So a wrong opinion on membership costs time, never two owners.
/// </summary>
internal sealed partial class MemberCore
{
    private readonly int _self;
    private readonly int _life;
    private readonly int _nodes;
    private readonly ulong _version;
    private readonly ClusterTimes _times;
    private readonly Func<long> _now;
    private readonly SplitDecision _decision;
    private readonly TokenRegister _register;
    private readonly IMemberEffects _effects;
    private readonly MemberLeases? _leases;
    private readonly MemberLeases? _guard;
    private readonly MemberState[] _members;
    private readonly long[] _heard;
    private readonly OwnerRecord[] _owners;
    private readonly Office?[] _offices;
    private readonly ulong[] _seen;
    private readonly uint _all;
    private readonly long _born;
    private uint _unreachable;
    private uint _joiners;
    private uint _copies;
    private long _changed;
    private bool _isOver;

    /// <summary>Begins a life.</summary>
    public MemberCore(int self, int life, int nodes, int vms, ulong version, ClusterTimes times, Func<long> now, SplitDecision decision, TokenRegister register, IMemberEffects effects, MemberLeases? leases = null)
    {
        _leases = leases;
        _guard = leases is { GuardsBackends: true } ? leases : null;
        (_self, _life, _nodes, _version, _times, _now, _decision, _register, _effects) = (self, life, nodes, version, times, now, decision, register, effects);
        _members = new MemberState[nodes];
        _heard = new long[nodes];
        _strangers = new Stranger[nodes];
        _owners = new OwnerRecord[vms];
        _offices = new Office?[vms];
        _seen = new ulong[vms];
        _all = (1u << nodes) - 1;
        _members[self] = new MemberState(life, MemberStatus.Joining);
        _born = now();
    }

    /// <summary>Members, a bit each.</summary>
    public uint Members
    {
        get
        {
            var members = 0u;
            for (var i = 0; i < _nodes; i++)
            {
                if (_members[i].IsMember)
                    members |= 1u << i;
            }

            return members;
        }
    }

    /// <summary>What it thinks of a node.</summary>
    public MemberState this[int node] => _members[node];

    /// <summary>Whom it doesn't hear.</summary>
    public uint Unreachable => _unreachable;

    /// <summary>Who owns a VM, as far as it knows.</summary>
    public OwnerRecord OwnerOf(int vm) => _owners[vm];

    /// <summary>Token under which it runs a VM, or 0.</summary>
    public ulong Runs(int vm) => _offices[vm] is { Stage: OfficeStage.Running or OfficeStage.Stopping or OfficeStage.Ending } office ? office.Token : 0;

    private int Majority => (_nodes / 2) + 1;

    private bool IsUp => _members[_self].IsMember;

    /// <summary>A heartbeat's time has come.</summary>
    public void Tick()
    {
        if (_isOver)
            return;
        Look();
        if (_isOver)
            return;
        Form();
        if (IsLeader)
            Lead();
        if (!_register.IsReady && IsUp)
            Others(new MemberHop.ReadRegister(_self, _life));
        for (var vm = 0; vm < _offices.Length; vm++)
        {
            if (_guard is not null && _offices[vm] is { Stage: OfficeStage.Asking } && _guard.IsElsewhere(_owners[vm], _self, _life, _members))
                _offices[vm] = null;
            if (_offices[vm] is { IsAsking: true } office)
                Ask(vm, office);
        }

        _leases?.Tick(_members, _unreachable);
        _joiners = 0;
        var asking = Asking();
        for (var vm = 0; vm < asking.Length; vm++)
            _guard?.Hear(vm, _register[vm], _self, _life, asking);
        Others(new MemberHop.Heartbeat(_self, _life, _version, [.. _members], [.. _owners], asking));
        LeaveWhenEmpty();
    }

    /// <summary>A message of another node.</summary>
    public void Hear(object message)
    {
        if (_isOver)
            return;
        switch (message)
        {
            case MemberHop.Heartbeat m:
                Hear(m);
                break;
            case MemberHop.Take m when IsCurrent(m.From, m.Life):
                Take(m.Vm, m.Known);
                break;
            case MemberHop.Propose m when _register.IsReady && IsCurrent(m.From, m.Life) && MayPass(m.Vm, m.Token, m.From, m.Life):
                var isAccepted = _register.TryAccept(m.Vm, new RegisterEntry(m.Token, m.From, m.Life, m.IsEnd));
                _effects.Send(m.From, isAccepted
                    ? new MemberHop.Accepted(_self, _life, m.Vm, m.Token, m.IsEnd)
                    : new MemberHop.Rejected(_self, _life, m.Vm, m.Token, m.IsEnd, _register[m.Vm]));
                break;
            case MemberHop.Accepted m:
                Accept(m.From, m.Vm, m.Token, m.IsEnd);
                break;
            case MemberHop.Rejected m:
                Reject(m.Vm, m.Token, m.IsEnd, m.Stored);
                break;
            case MemberHop.ReadRegister m:
                _effects.Send(m.From, new MemberHop.RegisterCopy(_self, _life, _register.Copy()));
                break;
            case MemberHop.RegisterCopy m:
                Read(m);
                break;
            default:
                _leases?.Hear(message);
                break;
        }
    }

    /// <summary>A machine of this node is over.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="token">Of the incarnation.</param>
    /// <param name="isEnd">It ended by itself, not because it was stopped.</param>
    public void Ended(int vm, ulong token, bool isEnd)
    {
        if (_isOver || _offices[vm] is not { } office || office.Token != token)
            return;
        _effects.Tell(ClusterEventKind.MachineStopped, vm, token);
        if (office.Stage == OfficeStage.Running && isEnd)
        {
            office.Begin(OfficeStage.Ending);
            Ask(vm, office);
            return;
        }

        _offices[vm] = null;
        if (!office.IsFenced)
            Release(vm, office);
    }

    /// <summary>Gives all VMs away.</summary>
    public void GiveAway(bool leaves, bool keepsRunning)
    {
        if (_isOver)
            return;
        if (leaves && IsUp)
            _members[_self] = new MemberState(_life, MemberStatus.Leaving);
        for (var vm = 0; vm < _offices.Length; vm++)
        {
            if (_offices[vm] is not { Stage: OfficeStage.Running } office)
                continue;
            if (keepsRunning)
            {
                office.IsFenced = office.IsStubborn = true;
                Release(vm, office);
            }
            else
            {
                office.Begin(OfficeStage.Stopping);
                _effects.Stop(vm, office.Token);
            }
        }

        LeaveWhenEmpty();
    }

    private bool IsLeader
    {
        get
        {
            if (!IsUp)
                return false;
            var best = _self;
            for (var heard = Members & ~_unreachable; heard != 0; heard &= heard - 1)
            {
                // Who leaves leads only while nobody else can.
                var i = BitOperations.TrailingZeroCount(heard);
                if (_members[i].Status < _members[best].Status || (_members[i].Status == _members[best].Status && i < best))
                    best = i;
            }

            return best == _self;
        }
    }

    /// <summary>Somebody has a higher token: what runs here has no right to.</summary>
    private void GiveUpTo(int vm, ulong token)
    {
        if (_offices[vm] is not { IsStubborn: false } office || office.Standing >= token)
            return;
        if (office.Stage is OfficeStage.Asking)
        {
            _offices[vm] = null;
        }
        else if (office.Stage is OfficeStage.Running)
        {
            office.IsFenced = true;
            office.Begin(OfficeStage.Stopping);
            _effects.Stop(vm, office.Token);
        }
        else
        {
            office.IsFenced = true;
            if (office.Stage == OfficeStage.Ending)
                _offices[vm] = null;
        }
    }

    /// <summary>The leader lets nodes in and finds places for VMs.</summary>
    private void Lead()
    {
        for (var i = 0; i < _nodes; i++)
        {
            if (_members[i].Status == MemberStatus.Joining && (_joiners & (1u << i)) != 0)
            {
                _members[i] = _members[i] with { Status = MemberStatus.Up };
                _effects.Tell(ClusterEventKind.MemberUp, other: i);
            }
        }

        // While somebody can't be heard nobody knows how many there are.
        if (BitOperations.PopCount(Members & ~_unreachable) * 2 <= BitOperations.PopCount(Members))
            return;
        Span<int> load = stackalloc int[_nodes];
        foreach (var owner in _owners)
        {
            if (owner.State == OwnerState.Running && IsThere(owner))
                load[owner.Node]++;
        }

        for (var vm = 0; vm < _owners.Length; vm++)
        {
            var owner = _owners[vm];
            if (owner.State == OwnerState.Ended || (owner.State == OwnerState.Running && IsThere(owner)))
                continue;
            var place = PlaceFor(owner, load);
            if (place < 0)
                continue;
            load[place]++;
            if (place == _self)
                Take(vm, owner.Token);
            else
                _effects.Send(place, new MemberHop.Take(_self, _life, vm, owner.Token));
        }
    }

    private bool IsThere(in OwnerRecord owner) => _members[owner.Node].IsMember && _members[owner.Node].Life == owner.Life;

    private int PlaceFor(in OwnerRecord before, ReadOnlySpan<int> load)
    {
        var best = -1;
        for (var i = 0; i < _nodes; i++)
        {
            // Who gave it away doesn't get it back while there is another.
            if (_members[i].Status != MemberStatus.Up || !_effects.HostsGuests(i) || (_unreachable & (1u << i)) != 0)
                continue;
            if (best < 0 || Rank(i, before, load) < Rank(best, before, load))
                best = i;
        }

        return best;
    }

    private static int Rank(int node, in OwnerRecord before, ReadOnlySpan<int> load) =>
        load[node] + (before.State == OwnerState.Released && before.Node == node ? 1000 : 0);

    private void Take(int vm, ulong known)
    {
        if (_offices[vm] is not null || _members[_self].Status != MemberStatus.Up || !_register.IsReady || _owners[vm].State == OwnerState.Ended)
            return;
        if (_owners[vm] is { State: OwnerState.Running } owner && IsThere(owner))
            return;

        // What was lost may still have a lease, and so may who isn't known to be lost.
        if (_leases is not null && (known > _owners[vm].Token || !_leases.IsSettled(_members, _unreachable)))
            return;
        Seek(vm, known);
    }

    private void Read(MemberHop.RegisterCopy copy)
    {
        if (_register.IsReady || !_members[copy.From].IsMember || _members[copy.From].Life != copy.Life)
            return;
        _register.Merge(copy.Entries);
        _copies |= 1u << copy.From;

        // What was granted by nodes that have all lost their memory since, only the backends still know.
        var others = Members & ~_unreachable & ~(1u << _self);
        if ((_copies & others) == others)
            _register.IsReady = true;
    }

    /// <summary>What the experiment made it go on with ends.</summary>
    public void Repent()
    {
        for (var vm = 0; vm < _offices.Length; vm++)
        {
            if (_offices[vm] is not { IsStubborn: true } office)
                continue;
            office.IsStubborn = false;
            office.Begin(OfficeStage.Stopping);
            _effects.Stop(vm, office.Token);
        }
    }

    private void LeaveWhenEmpty()
    {
        if (_isOver || _members[_self].Status != MemberStatus.Leaving)
            return;
        foreach (var office in _offices)
        {
            if (office is not null)
                return;
        }

        // The others must have heard what was given away: then they hear that this one is gone.
        for (var vm = 0; vm < _owners.Length; vm++)
        {
            if (_owners[vm] is { State: OwnerState.Released } owner && owner.Node == _self && owner.Life == _life && _nodes > 1)
                return;
        }

        _members[_self] = new MemberState(_life, MemberStatus.Down);
        Others(new MemberHop.Heartbeat(_self, _life, _version, [.. _members], [.. _owners], Asking()));
        Out();
    }

    private void Out()
    {
        _isOver = true;
        _leases?.Revoke();
        _effects.Tell(ClusterEventKind.NodeLeft);
        _effects.Leave();
    }

    /// <summary>Tokens that it asks for or has, where backends know none.</summary>
    private ulong[] Asking() => _guard is null ? [] : [.. _offices.Select(static office => office?.Token ?? 0)];

    private void Others(object message)
    {
        for (var i = 0; i < _nodes; i++)
        {
            if (i != _self)
                _effects.Send(i, message);
        }
    }
}
