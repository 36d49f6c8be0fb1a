using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A token that a node asks for where backends remember tokens: one wish at production's register, of which the replicas of the world are the memory.</summary>
internal sealed class TokenWish
{
    private readonly FenceRegister _register;
    private readonly int _uid;
    private readonly ulong _above;
    private FenceRegister.Rise _rise;
    private ulong _value;

    /// <summary>Begins to wish.</summary>
    /// <param name="uid">Tells the node's lives, and nodes, apart.</param>
    /// <param name="above">The highest token of the VM that the node has heard of.</param>
    /// <param name="seen">What a backend remembers beyond that, or 0.</param>
    public TokenWish(int uid, ulong above, ulong seen)
    {
        (_uid, _above, IsRaise) = (uid, above, seen != 0);
        _register = new FenceRegister(uid);
        _register.Add(new FenceRegister.Wish(this, new FencingToken(above), new FencingToken(seen)));
    }

    /// <summary>Whether a backend remembers more than the cluster.</summary>
    public bool IsRaise { get; }

    /// <summary>The token, once it may be asked for; 0 before.</summary>
    public ulong Token { get; private set; }

    /// <summary>Whether all members must know of it, not only most.</summary>
    public bool MustAllKnow => _rise.MustAllKnow;

    /// <summary>Whether replicas may be asked, and for what.</summary>
    /// <param name="seconds">The node's calendar, since 1970.</param>
    /// <param name="holdsLease">The node has its lease.</param>
    public bool TryPropose(long seconds, bool holdsLease)
    {
        if (Token != 0)
            return true;
        if (!_register.MustRaise(holdsLease))
            return false;
        var known = FenceTokens.RegisterOf(new FencingToken(_above));
        _rise = _register.Plan(known, seconds, holdsLease);
        _value = _rise.From(known);
        Token = FenceTokens.Make(_value, _uid, 1).Value;
        return true;
    }

    /// <summary>Enough replicas know it: is it had? Not while the node has no lease, where it needs one.</summary>
    public bool TryGrant(bool holdsLease)
    {
        _register.Open(_value, _rise.MustAllKnow);
        return _register.TryGrant(holdsLease, out _, out _);
    }
}
