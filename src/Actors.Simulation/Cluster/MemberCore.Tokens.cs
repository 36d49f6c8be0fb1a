using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Simulation;

/// <content>
/// Tokens: asking the replicas for one, and answering. Where backends remember tokens and say so, a token is had as in production: its rules say how far the register is raised, who must know of it, and that a token
/// above what a backend remembers is given under the lease (<see cref="FenceRegister"/>), and how often it is tried (<see cref="TokenRaises"/>).
/// </content>
internal sealed partial class MemberCore
{
    /// <summary>A backend of a machine of this node remembers a higher token than the machine has.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="token">Of the incarnation.</param>
    /// <param name="seen">What is remembered.</param>
    /// <param name="ports">Ports of the VM.</param>
    public void Fenced(int vm, ulong token, ulong seen, int ports)
    {
        if (_isOver || _leases is null || _offices[vm] is not { Stage: OfficeStage.Running, IsFenced: false, IsStubborn: false } office || office.Token != token)
            return;
        switch (office.Raises.Weigh(new FencingToken(office.Fence), new FencingToken(seen), ports))
        {
            case RaiseChoice.Tell:
                _effects.Raise(vm, office.Token, office.Fence);
                break;
            case RaiseChoice.Ask when office.Wish is null:
                Wish(vm, office, office.Fence, seen);
                break;
        }
    }

    /// <summary>A machine of this node could not be made; when that is since a backend remembers a higher token, it is tried with one above.</summary>
    public void Refused(int vm, ulong token, ulong seen, int ports)
    {
        if (_isOver || _leases is null || _offices[vm] is not { Stage: OfficeStage.Running, IsFenced: false } office || office.Token != token || seen <= office.Fence
            || office.Raises.Weigh(new FencingToken(office.Fence), new FencingToken(seen), ports) != RaiseChoice.Ask)
        {
            Ended(vm, token, isEnd: false);
            return;
        }

        _effects.Tell(ClusterEventKind.MachineStopped, vm, token);
        office.Begin(OfficeStage.Asking);
        Wish(vm, office, office.Fence, seen);
    }

    /// <summary>By an experiment's mistake this node asks for a VM that has an owner.</summary>
    public void Seize(int vm)
    {
        if (!_isOver && _offices[vm] is null && IsUp && _register.IsReady && _owners[vm].State == OwnerState.Running)
            Seek(vm, _owners[vm].Token);
    }

    private int Uid => (_self << 8) | (_life & 0xFF);

    private void Seek(int vm, ulong known)
    {
        if (_leases is not null && _guard is null)
        {
            var asked = new Office(0);
            _offices[vm] = asked;
            Wish(vm, asked, known, seen: 0);
            return;
        }

        var office = new Office(_register.Above(HighestOf(vm, known), _effects.Seconds, Uid));
        _offices[vm] = office;
        Ask(vm, office);
    }

    private ulong HighestOf(int vm, ulong known) => Math.Max(Math.Max(known, _seen[vm]), _register[vm].Token);

    private void Wish(int vm, Office office, ulong known, ulong seen)
    {
        office.Wish = new TokenWish(Uid, HighestOf(vm, known), seen);
        Ask(vm, office);
    }

    private void Ask(int vm, Office office)
    {
        var isEnd = office.Stage == OfficeStage.Ending;
        if (office.Wish?.TryPropose(_effects.Seconds, _register.MayAsk(_leases!.Holds)) == false)
            return;
        var token = office.Asked;
        Others(new MemberHop.Propose(_self, _life, vm, token, isEnd));
        if (!_register.IsReady || !MayPass(vm, token, _self, _life))
            return;
        if (_register.TryAccept(vm, new RegisterEntry(token, _self, _life, isEnd)))
            Accept(_self, vm, token, isEnd);
        else
            Reject(vm, token, isEnd, _register[vm]);
    }

    private void Accept(int from, int vm, ulong token, bool isEnd)
    {
        if (_offices[vm] is not { IsAsking: true } office || office.Asked != token || isEnd != (office.Stage == OfficeStage.Ending))
            return;
        office.Granted |= 1u << from;
        if (!_register.IsKnown(office.Granted, Members, _nodes, office.Wish))
            return;
        if (isEnd)
        {
            _offices[vm] = null;
            _owners[vm] = _owners[vm].Merge(new OwnerRecord(token, _self, _life, OwnerState.Ended));
            _effects.Tell(ClusterEventKind.Ended, vm, office.Token);
            return;
        }

        if (office.Wish?.TryGrant(_register.MayAsk(_leases!.Holds)) == false)
            return;
        _effects.Tell(ClusterEventKind.TokenGranted, vm, token, (int)office.Granted);
        _owners[vm] = _owners[vm].Merge(new OwnerRecord(token, _self, _life, OwnerState.Running));
        if (office.Stage == OfficeStage.Running)
        {
            office.Raise(token);
            _effects.Raise(vm, office.Token, token);
            return;
        }

        office.Take(token);
        _effects.Launch(vm, token);
    }

    private void Reject(int vm, ulong token, bool isEnd, in RegisterEntry stored)
    {
        if (_offices[vm] is not { IsAsking: true } office || office.Asked != token || isEnd != (office.Stage == OfficeStage.Ending))
            return;
        if (stored.IsEnd)
        {
            // An end that one replica has heard of has happened, unless somebody had a later token.
            var before = _owners[vm].State;
            _owners[vm] = _owners[vm].Merge(new OwnerRecord(stored.Token, stored.Node, stored.Life, OwnerState.Ended));
            if (_owners[vm].State == OwnerState.Ended && before != OwnerState.Ended)
                _effects.Tell(ClusterEventKind.Ended, vm, stored.Token);
            if (office.Stage == OfficeStage.Running)
                office.Wish = null;
            else if (office.Stage is OfficeStage.Asking || _owners[vm].State == OwnerState.Ended)
                _offices[vm] = null;
        }
        else if (stored.Token > token)
        {
            // Somebody else is asking or has asked: the leader finds out who should have it, with what is known then.
            _seen[vm] = Math.Max(_seen[vm], stored.Token);
            if (office.Stage == OfficeStage.Running)
            {
                office.Wish = null;
                return;
            }

            _offices[vm] = null;
            if (isEnd || office.Token != 0 && office.Wish is not null)
                Release(vm, office);
        }
    }

    /// <summary>Where backends know no tokens, whoever has a right to a VM keeps it until it says otherwise, or is lost with its lease.</summary>
    private bool MayPass(int vm, ulong token, int node, int life) =>
        _guard is null || _guard.MayPass(vm, new RegisterEntry(token, node, life, IsEnd: false), _register[vm], _owners[vm], _members);

    private void Release(int vm, Office office)
    {
        _owners[vm] = _owners[vm].Merge(new OwnerRecord(office.Highest, _self, _life, OwnerState.Released));
        _effects.Tell(ClusterEventKind.Released, vm, office.Token);
    }

    private enum OfficeStage : byte
    {
        Asking,
        Running,
        Stopping,
        Ending,
    }

    /// <summary>What this node has to do with a VM.</summary>
    /// <param name="token">That it asks for; 0: its first wish says it.</param>
    private sealed class Office(ulong token)
    {
        private TokenRaises? _raises;
        private ulong _proposed;

        /// <summary>Of the incarnation.</summary>
        public ulong Token { get; private set; } = token;

        /// <summary>The incarnation's by now: it may have been raised.</summary>
        public ulong Fence { get; private set; } = token;

        /// <summary>The highest that any replica may have of it: what ended or was given up was so with this.</summary>
        public ulong Highest => Math.Max(Math.Max(Fence, _proposed), Wish?.Token ?? 0);

        /// <summary>Whoever has a higher one than this has taken its place.</summary>
        public ulong Standing => Stage == OfficeStage.Asking ? Highest : Fence;

        /// <summary>What it asks the replicas for.</summary>
        public ulong Asked => Stage == OfficeStage.Ending ? Highest : Wish?.Token ?? Token;

        public OfficeStage Stage { get; private set; }

        /// <summary>Whether it asks the replicas for something.</summary>
        public bool IsAsking => Stage is OfficeStage.Asking or OfficeStage.Ending || (Stage == OfficeStage.Running && Wish is not null);

        /// <summary>The token that it asks for under production's rules, or null.</summary>
        public TokenWish? Wish
        {
            get;
            set
            {
                _proposed = Math.Max(_proposed, field?.Token ?? 0);
                field = value;
                Granted = 0;
            }
        }

        /// <summary>How often it was tried to get above what backends remember.</summary>
        public TokenRaises Raises => _raises ??= new TokenRaises();

        /// <summary>Replicas that accepted.</summary>
        public uint Granted { get; set; }

        /// <summary>Another owner is known, or was promised.</summary>
        public bool IsFenced { get; set; }

        /// <summary>By an experiment's mistake it goes on all the same.</summary>
        public bool IsStubborn { get; set; }

        public void Begin(OfficeStage stage)
        {
            Wish = null;
            Stage = stage;
        }

        /// <summary>It has the token: an incarnation begins.</summary>
        public void Take(ulong granted)
        {
            Begin(OfficeStage.Running);
            Token = Fence = granted;
        }

        /// <summary>It has a higher token for the incarnation that runs.</summary>
        public void Raise(ulong granted)
        {
            Wish = null;
            Fence = granted;
        }
    }
}
