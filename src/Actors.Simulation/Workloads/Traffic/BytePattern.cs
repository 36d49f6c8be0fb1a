using System.Buffers.Binary;

namespace Actors.Simulation;

/// <summary>
/// The bytes that workloads move. Each aligned word of four says where in its stream it stands (a position times an odd number, so no two words of 16 GiB are
/// alike), which tells a lost byte from a doubled one and from one that changed places.
/// </summary>
internal static class BytePattern
{
    private const int WordBytes = sizeof(uint);
    private const uint Spread = 0x9E37_79B1;
    private const uint StreamSpread = 0x85EB_CA6B;

    /// <summary>The stream that a guest sends on a port.</summary>
    public static int OutputOf(int vm, int device, int port) => (((((vm << 5) | device) << 4) | port) << 1) + 1;

    /// <summary>The stream that the outside sends to a port.</summary>
    public static int InputOf(int vm, int device, int port) => OutputOf(vm, device, port) + 1;

    /// <summary>Writes the bytes of a stream from a position on.</summary>
    public static void Fill(Span<byte> bytes, int stream, long position)
    {
        Span<byte> word = stackalloc byte[WordBytes];
        for (var done = 0; done < bytes.Length;)
        {
            var offset = (int)((position + done) % WordBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(word, WordAt(stream, (position + done) / WordBytes));
            var part = word[offset..Math.Min(WordBytes, offset + bytes.Length - done)];
            part.CopyTo(bytes[done..]);
            done += part.Length;
        }
    }

    /// <summary>True when bytes are those of a stream from a position on.</summary>
    public static bool Matches(ReadOnlySpan<byte> bytes, int stream, long position)
    {
        Span<byte> word = stackalloc byte[WordBytes];
        for (var done = 0; done < bytes.Length;)
        {
            var offset = (int)((position + done) % WordBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(word, WordAt(stream, (position + done) / WordBytes));
            var part = word[offset..Math.Min(WordBytes, offset + bytes.Length - done)];
            if (!bytes[done..(done + part.Length)].SequenceEqual(part))
                return false;
            done += part.Length;
        }

        return true;
    }

    private static uint WordAt(int stream, long index) => unchecked((((uint)index + 1) * Spread) ^ ((uint)stream * StreamSpread));
}
