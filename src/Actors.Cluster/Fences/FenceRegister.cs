using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// A shard's register at the shard's home: which tokens it may give, and when the register has to be raised first. No actor in it.
/// <para>Of two homes the later one raises the register seconds later, and the register begins with the time. Where a backend remembers more than that, and so beyond the calendar, tokens are given only while the
/// node has its lease, and after all nodes know the register that they are made with. Both together keep a superseded home from outbidding the next one: nobody gives tokens in its place before its lease
/// is known to have run out (<see cref="LeaseBook.Settle"/>); so what it gives was made before, and whoever comes after it reads a register that is not lower. A token that is given and sleeps on
/// its way is then lower than the successor's.</para>
/// </summary>
/// <param name="node">Uid of the home's incarnation.</param>
internal sealed class FenceRegister(int node)
{
    private readonly List<Wish> _wishes = [];
    private ulong _value;
    private uint _counter;
    private bool _isOpen;
    private bool _isKnownToAll;

    /// <summary>True while it is being read or raised, or waits for its next try.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Somebody wishes a token.</summary>
    public bool HasWishes => _wishes.Count > 0;

    /// <summary>Notes a wish; one that is repeated before it was fulfilled stays one.</summary>
    public void Add(in Wish wish)
    {
        var (who, isRaise) = (wish.Who, wish.Seen.IsGuarded);
        _wishes.RemoveAll(known => Equals(known.Who, who) && known.Seen.IsGuarded == isRaise);
        _wishes.Add(wish);
    }

    /// <summary>Takes the next wish that can be fulfilled now, and its token.</summary>
    /// <param name="holdsLease">The node has its lease.</param>
    /// <param name="wish">Whose.</param>
    /// <param name="token">Which.</param>
    public bool TryGrant(bool holdsLease, out Wish wish, out FencingToken token)
    {
        for (var i = 0; i < _wishes.Count; i++)
        {
            wish = _wishes[i];
            if (!MayHave(wish, holdsLease) || (_isKnownToAll && !holdsLease) || !CanGive(wish, out token))
                continue;
            _wishes.RemoveAt(i);
            _counter++;
            return true;
        }

        (wish, token) = (default, default);
        return false;
    }

    /// <summary>True when the register has to be raised, and may be: somebody waits for a token that it can't give as it is.</summary>
    public bool MustRaise(bool holdsLease) => _wishes.Exists(wish => MayHave(wish, holdsLease) && !CanGive(wish, out _));

    /// <summary>How it is raised.</summary>
    /// <param name="known">Its value, as a majority of the nodes knows it.</param>
    /// <param name="seconds">Now, since 1970.</param>
    /// <param name="holdsLease">The node has its lease.</param>
    public Rise Plan(ulong known, long seconds, bool holdsLease)
    {
        var above = 0UL;
        var isSeen = false;
        foreach (var wish in _wishes)
        {
            if (!MayHave(wish, holdsLease))
                continue;
            above = Math.Max(above, FenceTokens.RegisterOf(wish.Floor));
            isSeen |= wish.Seen.IsGuarded;
        }

        _isOpen = false;

        // Beyond the calendar nothing but the register itself keeps the next home from beginning lower.
        return new Rise(above, seconds, isSeen || FenceTokens.Next(known, above, seconds) > (ulong)Math.Max(seconds, 0));
    }

    /// <summary>Enough nodes know what it was raised to.</summary>
    public void Open(ulong value, bool isKnownToAll)
    {
        (_value, _counter) = (value, 0);
        (_isOpen, _isKnownToAll) = (true, isKnownToAll);
    }

    private static bool MayHave(in Wish wish, bool holdsLease) => holdsLease || !wish.Seen.IsGuarded;

    private bool CanGive(in Wish wish, out FencingToken token)
    {
        token = FenceTokens.Make(_value, node, _counter + 1);
        return _isOpen && _counter < FenceTokens.MaxCounter && (_isKnownToAll || !wish.Seen.IsGuarded) && (token > wish.Floor || !FenceTokens.CanPass(wish.Floor));
    }

    /// <summary>A token is wanted.</summary>
    /// <param name="Who">By whom.</param>
    /// <param name="Above">The highest that is known to be given.</param>
    /// <param name="Seen">What a backend remembers beyond that, or none.</param>
    internal readonly record struct Wish(object Who, FencingToken Above, FencingToken Seen)
    {
        /// <summary>It has to be above this.</summary>
        public FencingToken Floor => Seen > Above ? Seen : Above;
    }

    /// <summary>A rise of the register.</summary>
    /// <param name="Above">Above this, where a cluster can have come there.</param>
    /// <param name="Seconds">Now, since 1970.</param>
    /// <param name="MustAllKnow">All nodes must know, not only most.</param>
    internal readonly record struct Rise(ulong Above, long Seconds, bool MustAllKnow)
    {
        /// <summary>What it is raised to from a value.</summary>
        public ulong From(ulong known) => FenceTokens.Next(known, Above, Seconds);
    }
}
