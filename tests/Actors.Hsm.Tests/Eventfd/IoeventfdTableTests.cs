using Actors.Protocol;
using CsCheck;

namespace Actors.Hsm.Tests;

public sealed class IoeventfdTableTests
{
    private const IoeventfdFlags Mmio = IoeventfdFlags.None;
    private const IoeventfdFlags Pio = IoeventfdFlags.Pio;
    private const IoeventfdFlags Match = IoeventfdFlags.DataMatch;
    private const ulong Max = ulong.MaxValue;

    private readonly IoRangeSet _ranges = new();
    private readonly IoeventfdTable _table;
    private long _id;

    public IoeventfdTableTests() => _table = new IoeventfdTable(_ranges);

    [Theory]
    [InlineData(0x1000UL, 1, 5UL, Errno.Ok)]
    [InlineData(0x1000UL, 8, 5UL, Errno.Ok)]
    [InlineData(0UL, 4, 5UL, Errno.Ok)]
    [InlineData(0x1000UL, 0, 5UL, Errno.Invalid)]
    [InlineData(0x1000UL, 3, 5UL, Errno.Invalid)]
    [InlineData(0x1000UL, 16, 5UL, Errno.Invalid)]
    [InlineData(0x1000UL, uint.MaxValue, 5UL, Errno.Invalid)]
    [InlineData(Max, 1, 5UL, Errno.Invalid)]
    [InlineData(Max - 1, 1, 5UL, Errno.Ok)]
    [InlineData(Max - 7, 8, 5UL, Errno.Invalid)]
    [InlineData(Max - 8, 8, 5UL, Errno.Ok)]
    [InlineData(0x1000UL, 2, 0UL, Errno.BadDescriptor)]
    [InlineData(0x1000UL, 3, 0UL, Errno.Invalid)]
    [InlineData(Max, 2, 0UL, Errno.Invalid)]
    public void Arguments_are_checked_in_order(ulong address, uint length, ulong cookie, Errno result)
    {
        Assert.Equal(result, Assign(Mmio, cookie, address, length));
        Assert.Equal(result == Errno.Ok ? 1 : 0, _table.Count);
        Assert.Equal(_table.Count, _ranges.Count);
    }

    [Theory]
    [InlineData(16U)]
    [InlineData(0x8000_0000U)]
    public void Unknown_flags_are_refused(uint flags) => Assert.Equal(Errno.Invalid, Assign((IoeventfdFlags)flags, 5, 0x1000, 2));

    [Theory]
    [InlineData(Mmio, 0UL, Mmio, 0UL, Errno.Exists)]
    [InlineData(Mmio, 0UL, Match, 1UL, Errno.Exists)]
    [InlineData(Match, 1UL, Mmio, 0UL, Errno.Exists)]
    [InlineData(Match, 1UL, Match, 1UL, Errno.Exists)]
    [InlineData(Match, 1UL, Match, 2UL, Errno.Ok)]
    [InlineData(Mmio, 0UL, Pio, 0UL, Errno.Ok)]
    [InlineData(Match, 0UL, Mmio, 7UL, Errno.Exists)]
    public void Two_entries_that_one_write_would_ring_conflict(IoeventfdFlags first, ulong firstData, IoeventfdFlags second, ulong secondData, Errno result)
    {
        Assert.Equal(Errno.Ok, Assign(first, 5, 0x1000, 2, firstData));
        Assert.Equal(result, Assign(second, 6, 0x1000, 2, secondData));
        Assert.Equal(Errno.Exists, Assign(first, 5, 0x1000, 2, firstData));
    }

    [Fact]
    public void Another_listener_cannot_take_a_doorbell_that_somebody_has()
    {
        Assign(Mmio, 5, 0x1000, 2, listener: "a");
        Assert.Equal(Errno.Exists, Assign(Mmio, 6, 0x1000, 2, listener: "b"));
        Assert.Equal(Errno.Busy, Assign(Mmio, 5, 0x2000, 2, listener: "b"));
        Assert.Equal(Errno.Ok, Assign(Mmio, 5, 0x2000, 2, listener: "a"));
        Assert.Equal(1, _table.DoorbellCount);
    }

    [Fact]
    public void A_doorbell_that_nobody_hears_is_refused() => Assert.Equal(Errno.BadDescriptor, Assign(Mmio, 5, 0x1000, 2, listener: null!));

    [Fact]
    public void Length_takes_no_part_in_conflicts() => Assert.Equal(
        [Errno.Ok, Errno.Exists], new[] { Assign(Mmio, 5, 0x1000, 2), Assign(Mmio, 6, 0x1000, 4) });

    [Fact]
    public void A_table_has_a_bound()
    {
        for (ulong i = 1; i <= VmLimits.MaxIoeventfds; i++)
            Assert.Equal(Errno.Ok, Assign(Mmio, i, 0x1000 + (i * 8), 8));
        Assert.Equal(Errno.NoSpace, Assign(Mmio, 5000, 0x1000, 8));
        Assert.Equal(Errno.NoSpace, Assign(Mmio, 5000, 0x1008, 8));
        Assert.True(_table.Deassign(1, out _));
        Assert.Equal(Errno.Ok, Assign(Mmio, 5000, 0x1000, 8));
    }

    [Theory]
    [InlineData(0x1000, 1, true)]
    [InlineData(0x1000, 2, true)]
    [InlineData(0x1000, 4, false)]
    [InlineData(0x1001, 1, false)]
    [InlineData(0x0FFF, 2, false)]
    public void A_wildcard_rings_for_writes_at_its_address_up_to_its_length(ulong address, int size, bool rings)
    {
        Assign(Mmio, 5, 0x1000, 2);
        Assert.Equal(rings, _table.Match(IoRequestType.Mmio, address, size, 0xABCD) is not null);
        Assert.Null(_table.Match(IoRequestType.PortIo, address, size, 0xABCD));
    }

    [Fact]
    public void Data_match_compares_all_sixty_four_bits()
    {
        Assign(Match, 5, 0x1000, 8, data: 0x1_0000_0003);
        Assert.Null(_table.Match(IoRequestType.Mmio, 0x1000, 4, 3));
        Assert.NotNull(_table.Match(IoRequestType.Mmio, 0x1000, 8, 0x1_0000_0003));
    }

    [Fact]
    public void Deassigning_takes_the_first_registered_of_a_cookie_and_nothing_else()
    {
        Assign(Mmio, 5, 0x3000, 2);
        Assign(Mmio, 5, 0x1000, 2);
        Assign(Mmio, 6, 0x2000, 2);
        Assert.True(_table.Deassign(5, out var removed));
        Assert.Equal(0x3000UL, removed.Address);
        Assert.NotNull(_table.Match(IoRequestType.Mmio, 0x1000, 2, 0));
        Assert.True(_table.Deassign(5, out _));
        Assert.False(_table.Deassign(5, out _));
        Assert.Null(_table.FindDoorbell(5));
        Assert.NotNull(_table.FindDoorbell(6));
        Assert.Equal(1, _ranges.Count);
    }

    [Fact]
    public void One_eventfd_on_two_addresses_has_one_counter()
    {
        Assign(Mmio, 5, 0x1000, 2);
        Assign(Mmio, 5, 0x2000, 2);
        Assert.Same(_table.Match(IoRequestType.Mmio, 0x1000, 2, 0), _table.Match(IoRequestType.Mmio, 0x2000, 2, 0));
    }

    [Fact]
    public void The_very_same_message_again_is_carried_out_once()
    {
        var registration = new IoeventfdRegistration(9, Mmio, 5, 0x1000, 2, 0, "a");
        Assert.Equal(Errno.Ok, _table.Assign(registration, out long order, out bool repeated));
        Assert.False(repeated);
        Assert.Equal(Errno.Ok, _table.Assign(registration, out long again, out repeated));
        Assert.True(repeated);
        Assert.Equal(order, again);
        Assert.Equal(1, _table.Count);
        Assert.Equal(Errno.Exists, _table.Assign(registration with { Id = 10 }, out _, out _));
        Assert.Equal(Errno.Exists, _table.Assign(registration with { Length = 4 }, out _, out _));
    }

    [Fact]
    public void A_doorbell_made_again_does_not_count_from_the_start()
    {
        Assign(Mmio, 5, 0x1000, 2);
        var doorbell = _table.FindDoorbell(5)!;
        doorbell.Ring();
        doorbell.Ring();
        _table.Deassign(5, out _);
        Assign(Mmio, 5, 0x1000, 2);
        Assert.Equal(2UL, _table.FindDoorbell(5)!.Count);
        Assert.False(_table.FindDoorbell(5)!.IsOutstanding);
    }

    /// <summary>Against a list in registration order.</summary>
    [Fact]
    public void Answers_as_a_list_in_registration_order()
    {
        var genStep = Gen.Select(Gen.Int[0, 5], Gen.ULong[1, 4], Gen.ULong[0x10, 0x14], Gen.Int[0, 3].Select(power => 1 << power), Gen.Int[0, 3], Gen.ULong[0, 2]);
        genStep.Array[0, 60].Sample(steps =>
        {
            var ranges = new IoRangeSet();
            var table = new IoeventfdTable(ranges);
            var model = new List<(ulong Cookie, ulong Address, int Length, bool Pio, bool Match, ulong Data)>();
            long id = 0;
            foreach (var (kind, cookie, address, size, bits, data) in steps)
            {
                bool pio = (bits & 1) != 0;
                bool match = (bits & 2) != 0;
                var type = pio ? IoRequestType.PortIo : IoRequestType.Mmio;
                if (kind < 3)
                {
                    bool conflict = model.Any(each => each.Address == address && each.Pio == pio && (!each.Match || !match || each.Data == data));
                    var flags = (pio ? Pio : Mmio) | (match ? Match : Mmio);
                    var result = table.Assign(new IoeventfdRegistration(++id, flags, cookie, address, (uint)size, data, "a"), out _, out _);
                    Assert.Equal(conflict ? Errno.Exists : Errno.Ok, result);
                    if (!conflict)
                        model.Add((cookie, address, size, pio, match, data));
                }
                else if (kind == 3)
                {
                    int first = model.FindIndex(each => each.Cookie == cookie);
                    Assert.Equal(first >= 0, table.Deassign(cookie, out var removed));
                    if (first >= 0)
                    {
                        Assert.Equal(model[first].Address, removed.Address);
                        model.RemoveAt(first);
                    }
                }
                else
                {
                    int first = model.FindIndex(each => each.Address == address && each.Pio == pio && each.Length >= size && (!each.Match || each.Data == data));
                    Assert.Equal(first < 0 ? null : model[first].Cookie, table.Match(type, address, size, data)?.Cookie);
                }

                Assert.Equal(model.Count, table.Count);
                Assert.Equal(model.Count, ranges.Count);
                Assert.Equal(model.Select(each => each.Cookie).Distinct().Count(), table.DoorbellCount);
            }
        });
    }

    private Errno Assign(IoeventfdFlags flags, ulong cookie, ulong address, uint length, ulong data = 0, string listener = "a") =>
        _table.Assign(new IoeventfdRegistration(++_id, flags, cookie, address, length, data, listener), out _, out _);
}
