using CsCheck;

namespace Actors.Protocol.Tests.Wire;

public sealed class AcrnStructureTests
{
    [Fact]
    public void An_ioeventfd_is_read_back_as_it_was_written() =>
        Gen.Select(Gen.UInt, Gen.UInt, Gen.ULong, Gen.UInt, Gen.ULong).Sample((fd, flags, address, length, data) =>
        {
            var value = new AcrnIoeventfd(fd, (IoeventfdFlags)flags, address, length, data);
            var bytes = new byte[32];
            Assert.Equal(AbiResult.Ok, value.Write(bytes));
            Assert.Equal(AbiResult.Ok, AcrnIoeventfd.TryRead(bytes, out var back));
            Assert.Equal(value, back);
        });

    [Fact]
    public void An_irqfd_is_read_back_as_it_was_written() =>
        Gen.Select(Gen.Int, Gen.UInt, Gen.ULong, Gen.ULong).Sample((fd, flags, address, data) =>
        {
            var value = new AcrnIrqfd(fd, flags, new AcrnMsiEntry(address, data));
            var bytes = new byte[24];
            Assert.Equal(AbiResult.Ok, value.Write(bytes));
            Assert.Equal(AbiResult.Ok, AcrnIrqfd.TryRead(bytes, out var back));
            Assert.Equal(value, back);
        });

    [Fact]
    public void A_notification_is_read_back_as_it_was_written() =>
        Gen.Select(Gen.UShort, Gen.UInt).Sample((vm, vcpu) =>
        {
            var bytes = new byte[8];
            Assert.Equal(AbiResult.Ok, new AcrnIoreqNotify(vm, vcpu).Write(bytes));
            Assert.Equal(AbiResult.Ok, AcrnIoreqNotify.TryRead(bytes, out var back));
            Assert.Equal(new AcrnIoreqNotify(vm, vcpu), back);
        });

    [Fact]
    public void A_creation_is_read_back_as_it_was_written()
    {
        var value = new AcrnVmCreation(1, 2, 3, 4, AcrnVmCreation.CompletionPollingFlag, 6, 7);
        var bytes = new byte[48];

        Assert.Equal(AbiResult.Ok, value.Write(bytes));
        Assert.Equal(AbiResult.Ok, AcrnVmCreation.TryRead(bytes, out var back));
        Assert.Equal(value, back);
    }

    [Theory]
    [InlineData(IoRequestType.PortIo, 0x2010, 4)]
    [InlineData(IoRequestType.Mmio, 0xC000_3000, 8)]
    public void An_asyncio_descriptor_is_read_back_with_the_largest_length(IoRequestType type, ulong address, byte length)
    {
        var value = new AsyncioDescriptor(type, address, length, DataMatch: true, Data: 5, Cookie: 77);
        var bytes = new byte[32];

        Assert.Equal(AbiResult.Ok, AcrnAsyncioDescriptor.Write(bytes, value));
        Assert.Equal(AbiResult.Ok, AcrnAsyncioDescriptor.TryRead(bytes, out var back));
        Assert.Equal(value, back);
    }

    [Theory]
    [InlineData(0, 0, AbiResult.BadType)]
    [InlineData(0, 3, AbiResult.BadType)]
    [InlineData(8, 0, AbiResult.BadAddress)]
    [InlineData(10, 1, AbiResult.BadAddress)]
    public void An_asyncio_descriptor_that_can_t_be_is_refused(int offset, byte value, AbiResult expected)
    {
        var bytes = new byte[32];
        AcrnAsyncioDescriptor.Write(bytes, new AsyncioDescriptor(IoRequestType.PortIo, 0x10, 4, false, 0, 1));
        bytes[offset] = value;

        Assert.Equal(expected, AcrnAsyncioDescriptor.TryRead(bytes, out _));
    }

    [Fact]
    public void A_reserved_field_that_is_not_zero_is_refused()
    {
        Assert.Equal(AbiResult.BadReserved, AcrnIoeventfd.TryRead(With(32, 20), out _));
        Assert.Equal(AbiResult.BadReserved, AcrnIoreqNotify.TryRead(With(8, 3), out _));
        Assert.Equal(AbiResult.BadReserved, AcrnVmCreation.TryRead(With(48, 2), out _));
        Assert.Equal(AbiResult.BadReserved, AcrnVmCreation.TryRead(With(48, 7), out _));
    }

    [Fact]
    public void A_structure_cut_short_is_refused()
    {
        Assert.Equal(AbiResult.BadLength, AcrnIoeventfd.TryRead(new byte[31], out _));
        Assert.Equal(AbiResult.BadLength, AcrnIrqfd.TryRead(new byte[23], out _));
        Assert.Equal(AbiResult.BadLength, AcrnMsiEntry.TryRead(new byte[15], out _));
        Assert.Equal(AbiResult.BadLength, AcrnIoreqNotify.TryRead(new byte[7], out _));
        Assert.Equal(AbiResult.BadLength, AcrnVmCreation.TryRead(new byte[47], out _));
        Assert.Equal(AbiResult.BadLength, AcrnAsyncioDescriptor.TryRead(new byte[31], out _));
    }

    private static byte[] With(int length, int offset)
    {
        var bytes = new byte[length];
        bytes[offset] = 1;
        return bytes;
    }
}
