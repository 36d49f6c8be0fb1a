using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

public sealed class PciBusTests
{
    private readonly PciBus<object> _bus = new();

    [Fact]
    public void An_access_finds_its_function_and_register()
    {
        var function = new object();
        _bus.Add(new Bdf(0, 3, 1), function);

        Assert.Same(function, _bus.Find(PciConfigAddress.Pack(new Bdf(0, 3, 1), 0x3C), 1, out var register));
        Assert.Equal(0x3C, register);
    }

    [Theory]
    [InlineData(0, 3, 1, 0x10, 4)]
    [InlineData(0, 31, 7, 0, 4)]
    [InlineData(1, 3, 0, 0, 4)]
    [InlineData(255, 31, 7, 0xFFF, 1)]
    [InlineData(0, 3, 0, 1, 2)]
    [InlineData(0, 3, 0, 0, 8)]
    [InlineData(0, 3, 0, 0, 3)]
    public void P9_What_is_not_there_or_not_aligned_is_nobodys(int bus, int device, int function, int register, int size)
    {
        _bus.Add(new Bdf(0, 3, 0), new object());

        Assert.Null(_bus.Find(PciConfigAddress.Pack(new Bdf((byte)bus, (byte)device, (byte)function), register), size, out _));
        Assert.Null(_bus.Find(ulong.MaxValue, 4, out _));
    }

    [Fact]
    public void The_multi_function_bit_appears_when_a_slot_has_neighbours()
    {
        var first = PciConfigAddress.Pack(new Bdf(0, 2, 0), 0);
        _bus.Add(new Bdf(0, 2, 0), new object());
        Assert.Equal(0U, _bus.WithMultiFunctionBit(first | 0x0E, 1, 0));

        _bus.Add(new Bdf(0, 2, 5), new object());

        Assert.Equal(0x80U, _bus.WithMultiFunctionBit(first | 0x0E, 1, 0));
        Assert.Equal(0x80U, _bus.WithMultiFunctionBit(first | 0x0E, 2, 0));
        Assert.Equal(0x80_1234U, _bus.WithMultiFunctionBit(first | 0x0C, 4, 0x1234));
        Assert.Equal(7U, _bus.WithMultiFunctionBit(first | 0x0C, 2, 7));
        Assert.Equal(7U, _bus.WithMultiFunctionBit(first | 0x0F, 1, 7));
        Assert.Equal(7U, _bus.WithMultiFunctionBit(PciConfigAddress.Pack(new Bdf(0, 4, 0), 0x0E), 1, 7));
    }

    [Fact]
    public void P8_Each_pin_has_a_GSI_of_its_own_until_all_are_given_out_then_they_are_shared()
    {
        var gsis = new List<int>();
        for (byte slot = 0; slot < 32; slot++)
        {
            Assert.Equal(1, _bus.Add(new Bdf(0, slot, 0), new object()).Pin);
            var second = _bus.Add(new Bdf(0, slot, 1), new object());
            Assert.Equal(2, second.Pin);
            gsis.Add(second.Gsi);
        }

        Assert.Equal(64, _bus.Count);
        Assert.All(gsis, gsi => Assert.InRange(gsi, PlatformSpec.FirstPciGsi, PlatformSpec.IoApicPins - 1));
    }

    [Theory]
    [InlineData(0, 3, 0, "Two PCI devices want the address 0.3.0")]
    [InlineData(0, 32, 0, "There is no PCI address")]
    [InlineData(1, 0, 0, "There is no PCI address")]
    public void A_place_that_is_taken_or_does_not_exist_is_refused_in_words(int bus, int device, int function, string words)
    {
        _bus.Add(new Bdf(0, 3, 0), new object());

        var refused = Assert.Throws<PciSetupException>(() => _bus.Add(new Bdf((byte)bus, (byte)device, (byte)function), new object()));

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }
}
