namespace Actors.Hypervisor.Tests;

public sealed class MsiMessageTests
{
    [Theory]
    [InlineData(0xFEE0_0000UL, 0x0041u, true)]
    [InlineData(0xFEEF_FFFCUL, 0x01FFu, true)]
    [InlineData(0xFED0_0000UL, 0x0041u, false)]
    [InlineData(0xFEF0_0000UL, 0x0041u, false)]
    [InlineData(0x1_FEE0_0000UL, 0x0041u, false)]
    [InlineData(0UL, 0x0041u, false)]
    [InlineData(0xFEE0_0000UL, 0x0241u, false)] // SMI
    [InlineData(0xFEE0_0000UL, 0x0441u, false)] // NMI
    [InlineData(0xFEE0_0000UL, 0x0541u, false)] // INIT
    [InlineData(0xFEE0_0000UL, 0x0741u, false)] // ExtINT
    public void Address_and_delivery_mode_must_be_an_interrupt_s(ulong address, uint data, bool valid) =>
        Assert.Equal(valid, MsiMessage.TryDecode(address, data, out _));

    [Theory]
    [InlineData(0xFEE0_3000UL, 0x4041u, 3, false, false)]
    [InlineData(0xFEE0_5004UL, 0x0041u, 5, true, false)]
    [InlineData(0xFEE0_5008UL, 0x0041u, 5, false, true)]
    [InlineData(0xFEEF_F004UL, 0x0141u, 0xFF, true, true)]
    public void Fields_stand_where_the_manual_has_them(ulong address, uint data, byte destination, bool logical, bool lowest)
    {
        MsiMessage.TryDecode(address, data, out var message);

        Assert.Equal(new MsiMessage(0x41, destination, logical, lowest), message);
    }
}
