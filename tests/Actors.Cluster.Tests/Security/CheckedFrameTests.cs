using CsCheck;
using Google.Protobuf;

namespace Actors.Cluster.Tests;

public sealed class CheckedFrameTests
{
    [Fact]
    public void A_frame_opens_to_what_was_sealed() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        Assert.True(CheckedFrame.TryOpen(CheckedFrame.Seal(ByteString.CopyFrom(bytes)), out var payload));
        Assert.Equal(bytes, payload.ToByteArray());
    });

    [Fact]
    public void A_frame_with_a_turned_bit_does_not() => Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, int.MaxValue]).Sample((bytes, at) =>
    {
        var frame = CheckedFrame.Seal(ByteString.CopyFrom(bytes)).ToByteArray();
        var bit = at % (frame.Length * 8);
        frame[bit / 8] ^= (byte)(1 << (bit % 8));
        Assert.False(CheckedFrame.TryOpen(ByteString.CopyFrom(frame), out var payload));
        Assert.True(payload.IsEmpty);
    });

    [Fact]
    public void Anything_else_does_not() => Gen.Byte.Array[0, 40].Sample(bytes => Assert.False(CheckedFrame.TryOpen(ByteString.CopyFrom(bytes), out _)));

    [Fact]
    public void The_sum_is_CRC_32C() =>
        Assert.Equal([0x83, 0x92, 0x06, 0xE3], CheckedFrame.Seal(ByteString.CopyFromUtf8("123456789")).ToByteArray()[^CheckedFrame.SumBytes..]);
}
