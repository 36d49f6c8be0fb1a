using Actors.Protocol;
using CsCheck;

namespace Actors.Hsm.Tests;

public sealed class IoRangeSetTests
{
    private const ulong Max = ulong.MaxValue;

    [Theory]
    [InlineData(0x1000, 0x1001, 0x1000, 2, true)]
    [InlineData(0x1000, 0x1001, 0x1000, 1, true)]
    [InlineData(0x1000, 0x1001, 0x1001, 1, true)]
    [InlineData(0x1000, 0x1001, 0x1001, 2, false)]
    [InlineData(0x1000, 0x1001, 0x0FFF, 2, false)]
    [InlineData(0x1000, 0x1001, 0x1000, 4, false)]
    [InlineData(0x1000, 0x1001, 0x1002, 1, false)]
    [InlineData(0x1000, 0x1000, 0x1000, 0, false)]
    [InlineData(Max, Max, Max, 1, true)]
    [InlineData(Max, Max, Max, 2, false)]
    [InlineData(0, Max, Max, 1, true)]
    [InlineData(0, Max, Max, 2, false)]
    [InlineData(0, Max, Max - 7, 8, true)]
    [InlineData(0, Max, Max - 6, 8, false)]
    [InlineData(0, 0, Max, 2, false)]
    [InlineData(0, 1, 0, 2, true)]
    public void An_access_is_contained_whole_or_not_at_all(ulong start, ulong end, ulong address, int size, bool contained)
    {
        var set = new IoRangeSet();
        Assert.Equal(Errno.Ok, set.Add(new IoRange(IoRequestType.Mmio, start, end)));
        Assert.Equal(contained, set.Contains(IoRequestType.Mmio, address, size));
        Assert.False(set.Contains(IoRequestType.PortIo, address, size));
    }

    [Fact]
    public void Two_ranges_that_touch_do_not_contain_an_access_across()
    {
        var set = new IoRangeSet();
        set.Add(new IoRange(IoRequestType.Mmio, 0, 3));
        set.Add(new IoRange(IoRequestType.Mmio, 4, 7));
        Assert.False(set.Contains(IoRequestType.Mmio, 2, 4));
    }

    [Fact]
    public void A_range_that_ends_before_it_starts_is_invalid()
    {
        var set = new IoRangeSet();
        Assert.Equal(Errno.Invalid, set.Add(new IoRange(IoRequestType.Mmio, 2, 1)));
        Assert.Equal(Errno.Invalid, set.Add(new IoRange(IoRequestType.PciConfig, 1, 2)));
        Assert.Equal(0, set.Count);
    }

    [Fact]
    public void A_client_has_a_bounded_number_of_ranges()
    {
        var set = new IoRangeSet();
        for (ulong i = 0; i < HsmSpec.MaxRangesPerClient; i++)
            Assert.Equal(Errno.Ok, set.Add(new IoRange(IoRequestType.Mmio, i, i)));
        Assert.Equal(Errno.NoMemory, set.Add(new IoRange(IoRequestType.Mmio, 1, 1)));
    }

    [Fact]
    public void Duplicates_are_counted_one_by_one()
    {
        var set = new IoRangeSet();
        var range = new IoRange(IoRequestType.PortIo, 0x60, 0x64);
        set.Add(range);
        set.Add(range);
        Assert.True(set.Remove(range));
        Assert.True(set.Contains(IoRequestType.PortIo, 0x60, 1));
        Assert.False(set.Remove(range with { End = 0x63 }));
        Assert.True(set.Remove(range));
        Assert.False(set.Contains(IoRequestType.PortIo, 0x60, 1));
        Assert.False(set.Remove(range));
    }

    /// <summary>Against a list that is walked, in 65-bit arithmetic (I7).</summary>
    [Fact]
    public void Answers_as_a_list_that_is_walked()
    {
        var genAddress = Gen.OneOf(Gen.ULong[0, 24], Gen.ULong[Max - 24, Max], Gen.ULong[0x7FFF_FFFF_FFFF_FFF0, 0x8000_0000_0000_0010]);
        var genType = Gen.Bool.Select(port => port ? IoRequestType.PortIo : IoRequestType.Mmio);
        var genStep = Gen.Select(Gen.Int[0, 9], genType, genAddress, Gen.ULong[0, 12], Gen.Int[0, 3].Select(power => 1 << power));
        genStep.Array[0, 80].Sample(steps =>
        {
            var set = new IoRangeSet();
            var model = new List<IoRange>();
            foreach (var (kind, type, address, length, size) in steps)
            {
                var range = new IoRange(type, address, address + length);
                switch (kind)
                {
                    case < 3:
                        bool wraps = range.End < range.Start;
                        Assert.Equal(wraps ? Errno.Invalid : Errno.Ok, set.Add(range));
                        if (!wraps)
                            model.Add(range);
                        break;
                    case 3:
                        var victim = model.Count > 0 ? model[(int)(address % (ulong)model.Count)] : range;
                        Assert.Equal(model.Remove(victim), set.Remove(victim));
                        break;
                    default:
                        bool expected = model.Any(each => each.Type == type && each.Start <= address && (UInt128)address + (UInt128)size - 1 <= each.End);
                        Assert.Equal(expected, set.Contains(type, address, size));
                        break;
                }

                Assert.Equal(model.Count, set.Count);
            }
        });
    }
}
