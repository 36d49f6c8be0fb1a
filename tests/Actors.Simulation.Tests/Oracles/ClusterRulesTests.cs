namespace Actors.Simulation.Tests;

/// <summary>The rules that judge the world and real processes: each must be able to complain.</summary>
public sealed class ClusterRulesTests
{
    private const uint All = 0b111;

    [Fact]
    public void A_token_that_a_minority_granted_violates_I20()
    {
        Assert.Null(OwnershipRules.Granted(0, 1, 7, 0b011, 3));
        Assert.NotNull(OwnershipRules.Granted(0, 1, 7, 0b010, 3));
        Assert.NotNull(OwnershipRules.Granted(0, 1, 7, 0b0011, 4));
    }

    [Fact]
    public void Two_incarnations_with_one_token_violate_I20_and_one_that_is_told_twice_does_not()
    {
        var rules = new OwnershipRules(2);
        Assert.Null(rules.Begun(0, 1, 0, 7, out var isNews));
        Assert.True(isNews);
        Assert.Null(rules.Begun(0, 1, 0, 7, out isNews));
        Assert.False(isNews);
        Assert.Null(rules.Begun(1, 5, 0, 7, out _));
        Assert.NotNull(rules.Begun(0, 2, 1, 7, out _));
    }

    [Fact]
    public void A_hand_over_before_the_stop_violates_I20()
    {
        var rules = new OwnershipRules(1);
        rules.Begun(0, 1, 0, 7, out _);
        Assert.NotNull(rules.GivenAway(0, 1, 0));
        rules.Stopped(0, 1);
        Assert.Null(rules.GivenAway(0, 1, 0));
    }

    [Fact]
    public void An_effect_after_that_of_a_later_owner_violates_I20_on_any_port_and_I24_on_one()
    {
        var (ownership, fences) = (new OwnershipRules(1), new FenceRules());
        Assert.Null(ownership.Acted(0, -1, 7));
        Assert.Null(ownership.Acted(0, -1, 9));
        Assert.NotNull(ownership.Acted(0, -1, 7));
        Assert.Null(fences.Admitted(0, 3, 0, 9));
        Assert.Null(fences.Admitted(0, 3, 1, 7));
        Assert.NotNull(fences.Admitted(0, 3, 0, 7));
    }

    [Fact]
    public void Who_outbids_a_successor_that_is_at_work_violates_I20()
    {
        var rules = new OwnershipRules(1);
        rules.Begun(0, 1, 0, 7, out _);
        rules.Begun(0, 2, 1, 9, out _);
        Assert.Null(rules.Acted(0, 1, 7));
        Assert.Null(rules.Acted(0, 2, 9));
        Assert.Null(rules.Acted(0, 2, 20));
        Assert.NotNull(rules.Acted(0, 1, 30));
    }

    [Fact]
    public void Who_begins_with_a_lower_token_after_a_calendar_was_set_back_and_goes_above_it_does_not_violate_I20()
    {
        var rules = new OwnershipRules(1);
        rules.Begun(0, 1, 0, 70, out _);
        Assert.Null(rules.Acted(0, 1, 70));
        rules.Begun(0, 2, 1, 9, out _);
        Assert.Null(rules.Acted(0, 2, 80));
    }

    [Fact]
    public void Of_members_the_lesser_part_may_not_go_on()
    {
        Assert.Null(MembershipRules.Survived(0, 0b1111, 0b0011));
        Assert.NotNull(MembershipRules.Survived(0, 0b111, 0b001));
    }

    [Fact]
    public void Settled_is_who_sees_everybody_and_has_one_owner_for_each_vm()
    {
        Assert.Null(MembershipRules.Settled([Sight(All), Sight(All), Sight(All)], [1, -1]));
        Assert.NotNull(MembershipRules.Settled([Sight(All), default, Sight(All)], [1]));
        Assert.NotNull(MembershipRules.Settled([Sight(All), Sight(null), Sight(All)], [1]));
        Assert.NotNull(MembershipRules.Settled([Sight(All), Sight(0b011), Sight(All)], [1]));
        Assert.NotNull(MembershipRules.Settled([Sight(All), Sight(All) with { Unreachable = 1 }, Sight(All)], [1]));
        Assert.NotNull(MembershipRules.Settled([Sight(All), Sight(All), Sight(All)], [1, 0]));
        Assert.NotNull(MembershipRules.Settled([Sight(All), Sight(All), Sight(All)], [1, 2]));
    }

    [Fact]
    public void A_stream_goes_on_or_begins_anew_with_each_owner()
    {
        var rules = Stream();
        Assert.Null(rules.Take(7, 0, Bytes(0, 1000)));
        Assert.Null(rules.Take(8, 0, Bytes(1000, 10)));
        Assert.Null(rules.Take(9, 0, Bytes(0, 600)));
        Assert.Null(rules.Finish(600));
        Assert.NotNull(rules.Finish(601));
        Assert.Equal((600, 1610), (rules.Position, rules.Arrived));
    }

    [Theory]
    [InlineData(7, 1001)]
    [InlineData(7, 999)]
    [InlineData(7, 0)]
    [InlineData(8, 1001)]
    [InlineData(8, 4)]
    public void Bytes_that_are_not_the_next_ones_violate_I1_once(ulong token, long position)
    {
        var rules = Stream();
        Assert.Null(rules.Take(7, 0, Bytes(0, 1000)));
        Assert.NotNull(rules.Take(token, 0, Bytes(position, 100)));
        Assert.Null(rules.Take(token, 0, Bytes(position, 100)));
    }

    [Fact]
    public void Another_guest_begins_anew()
    {
        var rules = Stream();
        Assert.Null(rules.Take(7, 1, Bytes(0, 100, 1)));
        Assert.NotNull(rules.Take(8, 2, Bytes(100, 10, 2)));
    }

    private static NodeSight Sight(uint? members) => new(IsThere: true, members, 0);

    private static StreamRules Stream() => new(0, static (bytes, guest, position) => BytePattern.Fill(bytes, guest, position));

    private static byte[] Bytes(long position, int count, int guest = 0)
    {
        var bytes = new byte[count];
        BytePattern.Fill(bytes, guest, position);
        return bytes;
    }
}
