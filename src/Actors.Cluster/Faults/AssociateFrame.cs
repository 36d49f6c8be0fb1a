using System.Buffers.Binary;
using System.Text;

namespace Actors.Cluster;

/// <summary>
/// The first frame that a node of Akka.Remote sends on a connection that it opens: four bytes of length (little endian) and a protocol message, in the form of
/// protocol buffers, with an instruction to associate and the sender's address in it. Only the address is read here.
/// </summary>
internal static class AssociateFrame
{
    /// <summary>Bytes of the length.</summary>
    public const int PrefixBytes = 4;

    /// <summary>A first frame that is longer is nobody's greeting.</summary>
    public const int MaxBytes = 4096;

    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    /// <summary>Bytes of the whole frame, as its first four say; 0 when it is no greeting.</summary>
    public static int LengthOf(ReadOnlySpan<byte> prefix)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        return length is > 0 and <= MaxBytes ? PrefixBytes + (int)length : 0;
    }

    /// <summary>The sender's host:port, or null when the frame doesn't say it.</summary>
    public static string? OriginOf(ReadOnlySpan<byte> frame)
    {
        // message { instruction = 2 { handshake = 2 { origin = 1 { host = 2, port = 3 } } } }
        var rest = frame[PrefixBytes..];
        foreach (var field in (ReadOnlySpan<int>)[2, 2, 1])
        {
            if (!Find(rest, field, out rest, out _))
                return null;
        }

        return Find(rest, 2, out var host, out _) && Find(rest, 3, out _, out var port) && port is > 0 and <= ushort.MaxValue
            ? $"{Encoding.UTF8.GetString(host)}:{port}"
            : null;
    }

    private static bool Find(ReadOnlySpan<byte> message, int wanted, out ReadOnlySpan<byte> content, out ulong number)
    {
        content = default;
        number = 0;
        while (!message.IsEmpty)
        {
            if (!TryVarint(ref message, out var tag))
                return false;
            var length = 0UL;
            switch ((int)(tag & 7))
            {
                case Varint when TryVarint(ref message, out number):
                    break;
                case Fixed64:
                    length = 8;
                    break;
                case Fixed32:
                    length = 4;
                    break;
                case Delimited when TryVarint(ref message, out length):
                    break;
                default:
                    return false;
            }

            if (length > (ulong)message.Length)
                return false;
            content = message[..(int)length];
            message = message[(int)length..];
            if (tag >> 3 == (ulong)wanted)
                return true;
        }

        return false;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (var i = 0; i < message.Length && i < 10; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] >= 0x80)
                continue;
            message = message[(i + 1)..];
            return true;
        }

        return false;
    }
}
