using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class FenceRegisterTests
{
    private const long Now = 1_700_000_000;

    private static readonly FencingToken Remembered = FenceTokens.Make(2_000_000_000, 77, 3);

    private readonly FenceRegister _register = new(4);

    [Fact]
    public void It_is_raised_before_its_first_token_and_counts_from_then_on()
    {
        Wish("a");
        Assert.False(TryGrant(holdsLease: true, out _));
        Assert.True(_register.MustRaise(holdsLease: true));
        var rise = _register.Plan(7, Now, holdsLease: true);
        Assert.Equal(((ulong)Now, false), (rise.From(7), rise.MustAllKnow));
        _register.Open(rise.From(7), rise.MustAllKnow);
        Assert.True(TryGrant(holdsLease: true, out var first));
        Wish("b");
        Assert.False(_register.MustRaise(holdsLease: true));
        Assert.True(TryGrant(holdsLease: true, out var second));
        Assert.True(second > first);
        Assert.False(_register.HasWishes);
    }

    [Fact]
    public void Above_what_a_backend_remembers_nothing_is_given_and_nothing_raised_without_the_lease()
    {
        Open(known: 7);
        Wish("zombie", Remembered);
        Assert.False(TryGrant(holdsLease: false, out _));
        Assert.False(_register.MustRaise(holdsLease: false));

        // Nor does it leave a trace in a rise that others need.
        Wish("other", above: FenceTokens.Make((ulong)Now + 5, 1, 1));
        Assert.True(_register.MustRaise(holdsLease: false));
        Assert.Equal((ulong)Now + 6, _register.Plan(7, Now, holdsLease: false).From(7));
    }

    [Fact]
    public void Beyond_the_calendar_nobody_gets_a_token_without_the_lease_and_within_it_everybody_does()
    {
        Open(known: 7);
        Wish("a");
        Assert.True(TryGrant(holdsLease: false, out _));

        Wish("b");
        var rise = _register.Plan(2_000_000_007, Now, holdsLease: false);
        _register.Open(rise.From(2_000_000_007), rise.MustAllKnow);
        Assert.False(TryGrant(holdsLease: false, out _));
        Assert.False(_register.MustRaise(holdsLease: false));
        Assert.True(TryGrant(holdsLease: true, out _));
    }

    [Fact]
    public void Above_what_a_backend_remembers_a_token_is_given_when_all_nodes_know_the_register_and_the_lease_still_holds()
    {
        Open(known: 7);
        Wish("owner", Remembered);
        Assert.False(TryGrant(holdsLease: true, out _));
        Assert.True(_register.MustRaise(holdsLease: true));
        var rise = _register.Plan(7, Now, holdsLease: true);
        Assert.True(rise.MustAllKnow);
        _register.Open(rise.From(7), isKnownToAll: true);
        Assert.False(TryGrant(holdsLease: false, out _));
        Assert.True(TryGrant(holdsLease: true, out var token));
        Assert.True(token > Remembered);
    }

    [Fact]
    public void A_register_that_only_most_nodes_know_is_raised_again_for_it_even_where_it_is_high_enough()
    {
        _register.Open(2_000_000_007, isKnownToAll: false);
        Wish("owner", Remembered);
        Assert.False(TryGrant(holdsLease: true, out _));
        Assert.True(_register.MustRaise(holdsLease: true));
    }

    [Fact]
    public void Beyond_the_calendar_all_nodes_must_know_since_nothing_else_keeps_the_next_home_from_beginning_lower()
    {
        Wish("a");
        Assert.True(_register.Plan(2_000_000_007, Now, holdsLease: true).MustAllKnow);
        Assert.False(_register.Plan((ulong)Now - 1, Now, holdsLease: true).MustAllKnow);
    }

    [Fact]
    public void A_wish_that_is_repeated_stays_one_and_one_of_the_other_kind_is_another()
    {
        for (var i = 0; i < 100; i++)
        {
            Wish("a");
            Wish("a", Remembered);
        }

        _register.Open(2_000_000_007, isKnownToAll: true);
        Assert.True(TryGrant(holdsLease: true, out _));
        Assert.True(TryGrant(holdsLease: true, out _));
        Assert.False(_register.HasWishes);
    }

    [Fact]
    public void What_can_t_be_passed_is_not_chased()
    {
        Wish("a", new FencingToken(ulong.MaxValue));
        var rise = _register.Plan(7, Now, holdsLease: true);
        Assert.Equal((ulong)Now, rise.From(7));
        _register.Open(rise.From(7), isKnownToAll: true);
        Assert.True(TryGrant(holdsLease: true, out _));
    }

    private void Open(ulong known)
    {
        Wish("first");
        _register.Open(_register.Plan(known, Now, holdsLease: true).From(known), isKnownToAll: false);
        Assert.True(TryGrant(holdsLease: true, out _));
    }

    private void Wish(string who, FencingToken seen = default, FencingToken above = default) => _register.Add(new FenceRegister.Wish(who, above, seen));

    private bool TryGrant(bool holdsLease, out FencingToken token) => _register.TryGrant(holdsLease, out _, out token);
}
