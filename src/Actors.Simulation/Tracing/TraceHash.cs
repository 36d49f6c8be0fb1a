using System.Buffers.Binary;

namespace Actors.Simulation;

/// <summary>The rolling hash of a trace: the same on every runtime, cheap enough for every event.</summary>
internal static class TraceHash
{
    public const ulong Send = 0x01 << 8;
    public const ulong Lost = 0x02 << 8;
    public const ulong Receive = 0x03 << 8;
    public const ulong Memory = 0x04 << 8;
    public const ulong Path = 0x05 << 8;
    public const ulong Slot = 0x06 << 8;
    public const ulong Backend = 0x07 << 8;
    public const ulong Fault = 0x08 << 8;
    public const ulong Phase = 0x09 << 8;
    public const ulong Timer = 0x0A << 8;
    public const ulong Life = 0x0B << 8;
    public const ulong Cluster = 0x0C << 8;

    /// <summary>Takes one word in.</summary>
    public static ulong Mix(ulong hash, ulong word)
    {
        hash = (hash ^ word) * 0x9E37_79B9_7F4A_7C15;
        return hash ^ (hash >> 29);
    }

    /// <summary>Hash of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> data)
    {
        var hash = (ulong)data.Length;
        while (data.Length >= 8)
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (var one in data)
            hash = Mix(hash, one);
        return hash;
    }
}
