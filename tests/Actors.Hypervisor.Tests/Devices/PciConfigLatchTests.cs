namespace Actors.Hypervisor.Tests;

public sealed class PciConfigLatchTests
{
    private readonly PciConfigLatch _latch = new();

    [Fact]
    public void An_address_is_latched_and_goes_on_to_the_HSM()
    {
        Assert.Equal(EmulationResult.NotMine, _latch.Write(0xCF8, 4, 0xFF00_18FF));

        Assert.Equal(EmulationResult.Done, _latch.Read(0xCF8, 4, out var value));
        Assert.Equal(0x8000_18FCu, value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Other_sizes_read_ones_and_write_nothing(int size)
    {
        _latch.Write(0xCF8, 4, 0x8000_0000);

        Assert.Equal(EmulationResult.Done, _latch.Write(0xCF8, size, 0));
        Assert.Equal(EmulationResult.Done, _latch.Read(0xCF8, size, out var value));
        Assert.Equal(uint.MaxValue, value);
        _latch.Read(0xCF8, 4, out var kept);
        Assert.Equal(0x8000_0000u, kept);
    }

    [Theory]
    [InlineData(0xCFC, 1, true)]
    [InlineData(0xCFC, 2, true)]
    [InlineData(0xCFC, 4, true)]
    [InlineData(0xCFD, 1, true)]
    [InlineData(0xCFD, 2, false)]
    [InlineData(0xCFE, 2, true)]
    [InlineData(0xCFE, 4, false)]
    [InlineData(0xCFF, 1, true)]
    [InlineData(0xCFF, 2, false)]
    public void Aligned_data_accesses_go_on_and_others_read_ones_here(int port, int size, bool goesOn)
    {
        _latch.Write(0xCF8, 4, 0x8000_0000);
        var expected = goesOn ? EmulationResult.NotMine : EmulationResult.Done;

        Assert.Equal(expected, _latch.Read((ushort)port, size, out var value));
        Assert.Equal(expected, _latch.Write((ushort)port, size, 0));
        if (!goesOn)
            Assert.Equal(uint.MaxValue, value);
    }

    [Fact]
    public void Without_the_enable_bit_data_accesses_end_here()
    {
        _latch.Write(0xCF8, 4, 0x0000_1800);

        Assert.Equal(EmulationResult.Done, _latch.Read(0xCFC, 4, out var value));
        Assert.Equal(uint.MaxValue, value);
        Assert.Equal(EmulationResult.Done, _latch.Write(0xCFC, 4, 0));
    }

    [Fact]
    public void The_latch_survives_data_accesses_as_on_hardware()
    {
        _latch.Write(0xCF8, 4, 0x8000_1800);
        _latch.Read(0xCFC, 4, out _);

        Assert.Equal(EmulationResult.NotMine, _latch.Read(0xCFC, 4, out _));
        _latch.Reset();
        Assert.Equal(EmulationResult.Done, _latch.Read(0xCFC, 4, out _));
    }
}
