using CsCheck;

namespace Actors.Protocol.Tests.Wire;

public sealed class AsyncioRingCodecTests
{
    [Fact]
    public void An_empty_ring_has_the_header_of_the_reference()
    {
        var page = new byte[4096];

        Assert.Equal(AbiResult.Ok, AsyncioRingCodec.Reset(page));

        Assert.Equal([0xA3, 0x3A, 0xA1, 0x1A, 0xA7, 0x7A, 0xA5, 0x5A, 0xF8, 1, 0, 0, 8, 0, 0, 0], page[..16]);
        Assert.Equal(504 * 8, BitConverter.ToInt32(page, 36));
        Assert.Equal(AbiResult.Empty, AsyncioRingCodec.TryTake(page, out _));
    }

    [Fact]
    public void It_takes_503_cookies_and_gives_them_back_in_order()
    {
        var page = Ring();
        for (var cookie = 1UL; cookie <= VmLimits.AsyncioRingCapacity; cookie++)
            Assert.Equal(AbiResult.Ok, AsyncioRingCodec.TryPut(page, cookie));
        Assert.Equal(AbiResult.Full, AsyncioRingCodec.TryPut(page, 999));

        for (var cookie = 1UL; cookie <= VmLimits.AsyncioRingCapacity; cookie++)
        {
            Assert.Equal(AbiResult.Ok, AsyncioRingCodec.TryTake(page, out var taken));
            Assert.Equal(cookie, taken);
        }

        Assert.Equal(AbiResult.Empty, AsyncioRingCodec.TryTake(page, out _));
    }

    [Fact]
    public void It_behaves_as_a_bounded_queue_however_often_it_wraps() => Gen.Bool.Array[2000, 4000].Sample(puts =>
    {
        var (page, model, next) = (Ring(), new Queue<ulong>(), 1UL);
        foreach (var put in puts)
        {
            if (put)
            {
                var full = model.Count == VmLimits.AsyncioRingCapacity;
                Assert.Equal(full ? AbiResult.Full : AbiResult.Ok, AsyncioRingCodec.TryPut(page, next));
                if (!full)
                    model.Enqueue(next);
                next++;
            }
            else
            {
                Assert.Equal(model.TryDequeue(out var expected) ? AbiResult.Ok : AbiResult.Empty, AsyncioRingCodec.TryTake(page, out var taken));
                Assert.Equal(expected, taken);
            }
        }
    }, iter: 20);

    [Theory]
    [InlineData(0, AbiResult.BadMagic)]
    [InlineData(8, AbiResult.BadGeometry)]
    [InlineData(12, AbiResult.BadGeometry)]
    [InlineData(16, AbiResult.BadGeometry)]
    [InlineData(19, AbiResult.BadGeometry)]
    [InlineData(20, AbiResult.BadGeometry)]
    [InlineData(23, AbiResult.BadGeometry)]
    [InlineData(36, AbiResult.BadGeometry)]
    public void A_header_that_contradicts_itself_is_refused(int offset, AbiResult expected)
    {
        var page = Ring();
        page[offset] ^= 0x81;

        Assert.Equal(expected, AsyncioRingCodec.TryPut(page, 1));
        Assert.Equal(expected, AsyncioRingCodec.TryTake(page, out _));
    }

    [Fact]
    public void Any_header_is_read_without_an_exception() => Gen.Byte.Array[56].Sample(header =>
    {
        var page = Ring();
        header.AsSpan(0, 40).CopyTo(page.AsSpan(8));
        AsyncioRingCodec.TryPut(page, 1);
        AsyncioRingCodec.TryTake(page, out _);
    });

    private static byte[] Ring()
    {
        var page = new byte[4096];
        AsyncioRingCodec.Reset(page);
        return page;
    }
}
