using Actors.Protocol;
using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class MmioTableTests
{
    [Theory]
    [InlineData(0xFFF, 1, "NotMine")]
    [InlineData(0xFFF, 2, "Refused")]
    [InlineData(0x1000, 8, "Done")]
    [InlineData(0x1FF8, 8, "Done")]
    [InlineData(0x1FF9, 8, "Refused")]
    [InlineData(0x1FFF, 1, "Done")]
    [InlineData(0x1FFF, 2, "Refused")]
    [InlineData(0x2000, 1, "NotMine")]
    public void Inside_is_called_partly_inside_is_refused_and_the_end_is_exclusive(int address, int size, string expected)
    {
        var table = new MmioTable();
        table.Add(0x1000, 0x2000, new Recorder());

        Assert.Equal(expected, table.Access(0, IoAccess.Load((ulong)address, size), out _, out _).ToString());
    }

    [Fact]
    public void The_first_range_that_overlaps_decides_even_if_a_later_one_would_hold_the_access()
    {
        var table = new MmioTable();
        var whole = new Recorder();
        table.Add(0x1004, 0x1008, new Recorder());
        table.Add(0x1000, 0x2000, whole);

        Assert.Equal(EmulationResult.Refused, table.Access(0, IoAccess.Store(0x1000, 8, 1), out _, out _));
        Assert.Equal(0, whole.Calls);
    }

    [Fact]
    public void A_handler_sees_the_vcpu_and_an_offset()
    {
        var table = new MmioTable();
        var device = new Recorder();
        table.Add(0x1000, 0x2000, device);

        table.Access(3, IoAccess.Load(0x1010, 4), out var value, out _);

        Assert.Equal(0x3_0010UL, value);
    }

    [Fact]
    public void Lookup_agrees_with_byte_sets_also_at_the_end_of_the_address_space() => Gen.Select(
            Gen.OneOf(Gen.ULong[0, 0x40], Gen.ULong[ulong.MaxValue - 0x40, ulong.MaxValue]),
            Gen.Int[0, 3].Select(i => 1 << i))
        .Sample((address, size) =>
        {
            var table = new MmioTable();
            table.Add(0x10, 0x20, new Recorder());
            table.Add(ulong.MaxValue - 0x1F, ulong.MaxValue - 0x0F, new Recorder());
            var bytes = Enumerable.Range(0, size).Select(i => (UInt128)address + (ulong)i).ToArray();

            bool In(UInt128 b) => (b >= 0x10 && b < 0x20) || (b >= ulong.MaxValue - 0x1F && b < ulong.MaxValue - 0x0F);
            var expected = bytes.All(In) ? EmulationResult.Done : bytes.Any(In) ? EmulationResult.Refused : EmulationResult.NotMine;

            return table.Access(0, IoAccess.Load(address, size), out _, out _) == expected;
        });

    private sealed class Recorder : IMmioHandler
    {
        public string Name => "recorder";

        public int Calls { get; private set; }

        public EmulationResult Read(int vcpu, ulong offset, int size, out ulong value)
        {
            Calls++;
            value = ((ulong)vcpu << 16) | offset;
            return EmulationResult.Done;
        }

        public EmulationResult Write(int vcpu, ulong offset, int size, ulong value)
        {
            Calls++;
            return EmulationResult.Done;
        }
    }
}
