using Actors.Protocol;

namespace Actors.Hsm.Tests;

public sealed class PciConfigPortsTests
{
    private readonly PciConfigPorts _ports = new();

    [Fact]
    public void The_address_register_reads_back_what_was_written()
    {
        Assert.Equal(PciConfigPorts.Outcome.Completed, Write(0xCF8, 4, 0x8000_1234));
        Assert.Equal(PciConfigPorts.Outcome.Completed, Read(0xCF8, 4, out ulong value));
        Assert.Equal(0x8000_1234UL, value);
    }

    [Theory]
    [InlineData(1, 0xFFUL)]
    [InlineData(2, 0xFFFFUL)]
    public void The_address_register_takes_four_bytes_only(int size, ulong ones)
    {
        Write(0xCF8, 4, 0x8000_0800);
        Assert.Equal(PciConfigPorts.Outcome.Completed, Write(0xCF8, size, 0));
        Assert.Equal(PciConfigPorts.Outcome.Completed, Read(0xCF8, size, out ulong value));
        Assert.Equal(ones, value);
        Assert.Equal(0x8000_0800U, _ports.Address);
    }

    [Theory]
    [InlineData(0xCF7)]
    [InlineData(0xCF9)]
    [InlineData(0xCFA)]
    [InlineData(0xCFB)]
    [InlineData(0xD00)]
    [InlineData(0)]
    [InlineData(0xFFFF)]
    public void Other_ports_are_not_touched(int port)
    {
        Write(0xCF8, 4, 0x8000_0000);
        Assert.Equal(PciConfigPorts.Outcome.NotMine, Read((ushort)port, 1, out _));
    }

    [Fact]
    public void Memory_at_the_same_number_is_not_a_port()
    {
        var access = IoAccess.Store(0xCF8, 4, 0x8000_0000);
        Assert.Equal(PciConfigPorts.Outcome.NotMine, _ports.Handle(ref access, out _));
        Assert.Equal(0U, _ports.Address);
    }

    [Theory]
    [InlineData(0xCFC, 1, 0xFFUL)]
    [InlineData(0xCFD, 1, 0xFFUL)]
    [InlineData(0xCFE, 2, 0xFFFFUL)]
    [InlineData(0xCFC, 4, 0xFFFF_FFFFUL)]
    [InlineData(0xCFF, 4, 0xFFFF_FFFFUL)]
    public void Data_ports_without_the_enable_bit_read_ones_and_drop_writes(int port, int size, ulong ones)
    {
        Write(0xCF8, 4, 0x7FFF_FFFC);
        Assert.Equal(PciConfigPorts.Outcome.Completed, Read((ushort)port, size, out ulong value));
        Assert.Equal(ones, value);
        Assert.Equal(PciConfigPorts.Outcome.Completed, Write((ushort)port, size, 1));
    }

    [Theory]
    [InlineData(0x8000_0000U, 0xCFC, 0, 0, 0, 0x000)]
    [InlineData(0x8000_0000U, 0xCFF, 0, 0, 0, 0x003)]
    [InlineData(0x8000_1804U, 0xCFE, 0, 3, 0, 0x006)]
    [InlineData(0x8000_1807U, 0xCFC, 0, 3, 0, 0x004)]
    [InlineData(0x80FF_FFFCU, 0xCFF, 255, 31, 7, 0x0FF)]
    [InlineData(0x8F00_0000U, 0xCFC, 0, 0, 0, 0xF00)]
    [InlineData(0x8F12_3CFCU, 0xCFD, 0x12, 7, 4, 0xFFD)]
    [InlineData(0x8100_0840U, 0xCFC, 0, 1, 0, 0x140)]
    [InlineData(0xF000_0000U, 0xCFC, 0, 0, 0, 0x000)]
    public void Data_ports_become_a_configuration_access(uint address, int port, byte bus, byte device, byte function, int register)
    {
        Write(0xCF8, 4, address);
        foreach (int size in new[] { 1, 2, 4 })
        {
            var access = IoAccess.Out((ushort)port, size, 0xA5);
            Assert.Equal(PciConfigPorts.Outcome.Converted, _ports.Handle(ref access, out _));
            Assert.Equal(IoRequestType.PciConfig, access.Type);
            Assert.Equal(new Bdf(bus, device, function), PciConfigAddress.FunctionOf(access.Address));
            Assert.Equal(register, PciConfigAddress.RegisterOf(access.Address));
            Assert.Equal((IoDirection.Write, (byte)size, 0xA5UL), (access.Direction, access.Size, access.Value));
        }
    }

    private PciConfigPorts.Outcome Write(ushort port, int size, uint value)
    {
        var access = IoAccess.Out(port, size, value);
        return _ports.Handle(ref access, out _);
    }

    private PciConfigPorts.Outcome Read(ushort port, int size, out ulong value)
    {
        var access = IoAccess.In(port, size);
        return _ports.Handle(ref access, out value);
    }
}
