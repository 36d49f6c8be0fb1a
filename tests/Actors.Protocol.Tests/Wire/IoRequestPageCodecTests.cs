using CsCheck;

namespace Actors.Protocol.Tests.Wire;

public sealed class IoRequestPageCodecTests
{
    private static readonly Gen<IoAccess> Accesses =
        from type in Gen.Enum<IoRequestType>()
        from direction in Gen.Enum<IoDirection>()
        from power in Gen.Int[0, type is IoRequestType.Mmio or IoRequestType.WriteProtect ? 3 : 2]
        let size = (byte)(1 << power)
        from address in type switch { IoRequestType.PortIo => Gen.ULong[0, 0xFFFF], IoRequestType.PciConfig => Gen.ULong[0, 0xFFF_FFFF], _ => Gen.ULong }
        from value in Gen.ULong
        select new IoAccess(type, direction, size, address, value & IoAccess.OnesOf(size));

    private static readonly Gen<IoRequestSlot> Slots =
        Gen.Select(Accesses, Gen.Bool, Gen.Bool, Gen.Enum<IoRequestSlotState>(), (access, polling, kernel, state) => new IoRequestSlot(access, polling, kernel, state));

    [Fact]
    public void A_zeroed_page_reads_as_sixteen_pending_requests()
    {
        var page = new byte[4096];
        for (var slot = 0; slot < 16; slot++)
        {
            Assert.Equal(AbiResult.Ok, IoRequestPageCodec.TryReadState(page, slot, out var state));
            Assert.Equal(IoRequestSlotState.Pending, state);
        }
    }

    [Fact]
    public void A_reset_page_reads_as_sixteen_free_slots()
    {
        var page = new byte[4096];
        Array.Fill(page, (byte)0xA5);

        Assert.Equal(AbiResult.Ok, IoRequestPageCodec.Reset(page));

        for (var slot = 0; slot < 16; slot++)
        {
            Assert.Equal(AbiResult.Ok, IoRequestPageCodec.TryReadState(page, slot, out var state));
            Assert.Equal(IoRequestSlotState.Free, state);
        }
    }

    [Fact]
    public void A_port_write_stands_byte_for_byte_as_the_reference_has_it()
    {
        var page = new byte[4096];

        IoRequestPageCodec.Write(page, 2, new IoRequestSlot(IoAccess.Out(0x2010, 2, 0xBEEF), true, true, IoRequestSlotState.Processing));

        var expected = new byte[256];
        expected[4] = 1;
        expected[64] = 1;
        (expected[72], expected[73]) = (0x10, 0x20);
        expected[80] = 2;
        (expected[88], expected[89]) = (0xEF, 0xBE);
        expected[132] = 1;
        expected[136] = 2;
        Assert.Equal(expected, page[512..768]);
        Assert.All(page[..512], value => Assert.Equal(0, value));
        Assert.All(page[768..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_configuration_read_stands_byte_for_byte_as_the_reference_has_it()
    {
        var page = new byte[4096];
        var address = PciConfigAddress.Pack(new Bdf(1, 3, 2), 0x123);

        IoRequestPageCodec.Write(page, 0, new IoRequestSlot(new IoAccess(IoRequestType.PciConfig, IoDirection.Read, 4, address, 0), false, false, IoRequestSlotState.Complete));

        var expected = new byte[256];
        (expected[0], expected[80], expected[92], expected[96], expected[100], expected[136]) = (2, 4, 1, 3, 2, 1);
        (expected[104], expected[105]) = (0x23, 0x01);
        Assert.Equal(expected, page[..256]);
    }

    [Fact]
    public void What_is_written_is_read_back() => Gen.Select(Slots, Gen.Int[0, 15]).Sample((content, slot) =>
    {
        var page = new byte[4096];
        Assert.Equal(AbiResult.Ok, IoRequestPageCodec.Write(page, slot, content));
        Assert.Equal(AbiResult.Ok, IoRequestPageCodec.TryRead(page, slot, out var back));
        Assert.Equal(content, back);
    });

    [Fact]
    public void A_page_of_any_bytes_is_read_without_an_exception() => Gen.Byte.Array[4096].Sample(page =>
    {
        for (var slot = -1; slot <= 16; slot++)
        {
            var result = IoRequestPageCodec.TryRead(page, slot, out var content);
            if (result == AbiResult.Ok)
                Assert.Equal(AbiResult.Ok, IoRequestPageCodec.Write(new byte[4096], slot, content));
        }
    });

    [Theory]
    [InlineData(0, 4, AbiResult.BadType)]
    [InlineData(64, 2, AbiResult.BadDirection)]
    [InlineData(80, 3, AbiResult.BadSize)]
    [InlineData(80, 0, AbiResult.BadSize)]
    [InlineData(80, 8, AbiResult.BadSize)]
    [InlineData(87, 1, AbiResult.BadSize)]
    [InlineData(74, 1, AbiResult.BadAddress)]
    [InlineData(136, 4, AbiResult.BadState)]
    [InlineData(139, 1, AbiResult.BadState)]
    public void A_port_access_that_can_t_be_has_a_result_of_its_own(int offset, byte value, AbiResult expected)
    {
        var page = new byte[4096];
        IoRequestPageCodec.Write(page, 0, new IoRequestSlot(IoAccess.In(0x60, 1), false, false, IoRequestSlotState.Pending));
        page[offset] = value;

        Assert.Equal(expected, IoRequestPageCodec.TryRead(page, 0, out _));
    }

    [Theory]
    [InlineData(93)]
    [InlineData(97)]
    [InlineData(101)]
    [InlineData(106)]
    public void A_function_or_register_that_can_t_be_is_refused(int offset)
    {
        var page = new byte[4096];
        IoRequestPageCodec.Write(page, 0, new IoRequestSlot(new IoAccess(IoRequestType.PciConfig, IoDirection.Read, 4, 0, 0), false, false, IoRequestSlotState.Pending));
        page[offset] = 1;

        Assert.Equal(AbiResult.BadAddress, IoRequestPageCodec.TryRead(page, 0, out _));
    }

    [Theory]
    [InlineData(4095, 0, AbiResult.BadLength)]
    [InlineData(4097, 0, AbiResult.BadLength)]
    [InlineData(4096, -1, AbiResult.BadSlot)]
    [InlineData(4096, 16, AbiResult.BadSlot)]
    public void A_page_has_4096_bytes_and_16_slots(int bytes, int slot, AbiResult expected)
    {
        var page = new byte[bytes];

        Assert.Equal(expected, IoRequestPageCodec.TryReadState(page, slot, out _));
        Assert.Equal(expected, IoRequestPageCodec.WriteState(page, slot, IoRequestSlotState.Free));
    }
}
