using System.Buffers.Binary;
using System.Text;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// The resumable stream protocol, version 1, as docs/stream-protocol.md says it: a writer greets, the receiver answers with how much it has, then frames of bytes go one
/// way and acknowledgements the other. Numbers are in network order.
/// </summary>
internal static class StreamSpec
{
    /// <summary>"ACST".</summary>
    public const uint Magic = 0x41435354;

    /// <summary>This version.</summary>
    public const ushort Version = 1;

    /// <summary>Bytes of a greeting before the port's name.</summary>
    public const int HelloSize = 32;

    /// <summary>Bytes of a port's name, at most.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Bytes of the answer to a greeting.</summary>
    public const int AnswerSize = 24;

    /// <summary>Bytes before a frame's data, both ways.</summary>
    public const int FrameSize = 16;

    /// <summary>Bytes of data in a frame, at most.</summary>
    public const int MaxData = 64 * 1024;

    /// <summary>In a greeting: the writer doesn't know how much the receiver has.</summary>
    public const ulong UnknownPosition = ulong.MaxValue;

    /// <summary>Largest position: so that no sum of two overflows.</summary>
    public const ulong MaxPosition = 1UL << 62;

    /// <summary>Writer to receiver: bytes at a position.</summary>
    public const byte Data = 1;

    /// <summary>Writer to receiver: the writer is done, and the stream this long.</summary>
    public const byte End = 2;

    /// <summary>Receiver to writer: it has so many bytes.</summary>
    public const byte Acknowledgement = 3;

    /// <summary>Receiver to writer: it takes no more from this writer; a status says why.</summary>
    public const byte Refusal = 4;

    /// <summary>Writes a greeting; the length is returned.</summary>
    public static int WriteHello(Span<byte> target, in StreamHello hello)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, Magic);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], Version);
        var name = Encoding.UTF8.GetBytes(hello.Port, target.Slice(HelloSize, MaxNameBytes));
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], (ushort)name);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], hello.Fence.Value);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], hello.Position is { } position ? (ulong)position : UnknownPosition);
        BinaryPrimitives.WriteInt32BigEndian(target[24..], hello.Vm.Value);
        BinaryPrimitives.WriteUInt32BigEndian(target[28..], 0);
        return HelloSize + name;
    }

    /// <summary>Reads a greeting without its name; false when it is none of this protocol.</summary>
    public static bool TryReadHello(ReadOnlySpan<byte> source, out StreamHello hello, out int nameLength, out ushort version)
    {
        version = BinaryPrimitives.ReadUInt16BigEndian(source[4..]);
        nameLength = BinaryPrimitives.ReadUInt16BigEndian(source[6..]);
        var position = BinaryPrimitives.ReadUInt64BigEndian(source[16..]);
        var vm = BinaryPrimitives.ReadInt32BigEndian(source[24..]);
        hello = new StreamHello(
            new VmId(vm),
            string.Empty,
            new FencingToken(BinaryPrimitives.ReadUInt64BigEndian(source[8..])),
            position == UnknownPosition ? null : (long)Math.Min(position, MaxPosition));
        return BinaryPrimitives.ReadUInt32BigEndian(source) == Magic && nameLength is > 0 and <= MaxNameBytes && vm >= 0
            && position is UnknownPosition or <= MaxPosition && BinaryPrimitives.ReadUInt32BigEndian(source[28..]) == 0;
    }

    /// <summary>Writes the answer to a greeting.</summary>
    public static void WriteAnswer(Span<byte> target, in StreamAnswer answer)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, Magic);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], Version);
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], (ushort)answer.Status);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], (ulong)answer.Position);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], answer.Fence.Value);
    }

    /// <summary>Reads the answer to a greeting; false when it is none of this protocol.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<byte> source, out StreamAnswer answer)
    {
        var position = BinaryPrimitives.ReadUInt64BigEndian(source[8..]);
        answer = new StreamAnswer(
            (StreamStatus)BinaryPrimitives.ReadUInt16BigEndian(source[6..]),
            (long)Math.Min(position, MaxPosition),
            new FencingToken(BinaryPrimitives.ReadUInt64BigEndian(source[16..])));
        return BinaryPrimitives.ReadUInt32BigEndian(source) == Magic && BinaryPrimitives.ReadUInt16BigEndian(source[4..]) == Version && position <= MaxPosition;
    }

    /// <summary>Writes what stands before a frame's data.</summary>
    public static void WriteFrame(Span<byte> target, in StreamFrame frame)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, ((uint)frame.Kind << 24) | (uint)frame.Status);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)frame.Length);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], frame.Value);
    }

    /// <summary>Reads what stands before a frame's data; false when it is nothing that this protocol has.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> source, out StreamFrame frame)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(source);
        var length = BinaryPrimitives.ReadUInt32BigEndian(source[4..]);
        frame = new StreamFrame((byte)(first >> 24), (StreamStatus)(first & 0xFFFF), (int)Math.Min(length, int.MaxValue), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));
        return (first & 0xFF0000) == 0 && frame.Kind switch
        {
            Data => frame.Status == StreamStatus.Accepted && length is > 0 and <= MaxData && frame.Value <= MaxPosition,
            End or Acknowledgement => frame.Status == StreamStatus.Accepted && length == 0 && frame.Value <= MaxPosition,
            Refusal => frame.Status != StreamStatus.Accepted && length == 0,
            _ => false,
        };
    }
}

/// <summary>A writer's first word.</summary>
/// <param name="Vm">Whose port.</param>
/// <param name="Port">The port's name; with the machine, the stream's name.</param>
/// <param name="Fence">The writer's token.</param>
/// <param name="Position">What the receiver had when they last spoke; null when they didn't.</param>
internal readonly record struct StreamHello(VmId Vm, string Port, FencingToken Fence, long? Position);

/// <summary>The receiver's first word.</summary>
/// <param name="Status">Whether the writer may write.</param>
/// <param name="Position">Bytes of the stream that it has.</param>
/// <param name="Fence">The highest token that it has seen of this stream.</param>
internal readonly record struct StreamAnswer(StreamStatus Status, long Position, FencingToken Fence);

/// <summary>What stands before a frame's data.</summary>
/// <param name="Kind">Data, end, acknowledgement or refusal.</param>
/// <param name="Status">Of a refusal: why.</param>
/// <param name="Length">Of data: bytes that follow.</param>
/// <param name="Value">A position; of a refusal for the token's sake the higher token.</param>
internal readonly record struct StreamFrame(byte Kind, StreamStatus Status, int Length, ulong Value);

/// <summary>Whether a receiver takes a writer's bytes.</summary>
internal enum StreamStatus : ushort
{
    /// <summary>It does.</summary>
    Accepted = 0,

    /// <summary>No: somebody with a higher token, or with the same and later, is the writer. For good.</summary>
    Fenced = 1,

    /// <summary>No: another version of the protocol. For good.</summary>
    WrongVersion = 2,

    /// <summary>No: what came is nothing that the protocol has. For good.</summary>
    Malformed = 3,

    /// <summary>No: it has no room for another connection or stream now. Later perhaps.</summary>
    Busy = 4,

    /// <summary>No: where it keeps the stream, something is wrong (a full disk). Later perhaps.</summary>
    Storage = 5,

    /// <summary>No: bytes are missing before those that came. For good.</summary>
    Gap = 6,
}
