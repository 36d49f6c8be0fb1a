using System.Buffers;
using System.Buffers.Binary;

namespace Actors.DeviceModel;

/// <summary>Numbers as seven bits a byte, the lowest first; and what they hash to (FNV-1a).</summary>
internal ref struct RecordWriter(IBufferWriter<byte> output)
{
    /// <summary>Of no bytes.</summary>
    public const uint FirstHash = 2166136261;

    /// <summary>Zeros in a row that are worth a count.</summary>
    public const int MinZeros = 3;

    private const int MaxNumberBytes = 10;

    private uint _hash = FirstHash;

    /// <summary>The hash of further bytes.</summary>
    public static uint Fnv1A(uint hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
            hash = (hash ^ one) * 16777619;
        return hash;
    }

    public void Byte(byte value)
    {
        var span = output.GetSpan(1);
        span[0] = value;
        Advance(span[..1]);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Flags, the first as the lowest bit.</summary>
    public void Flags(params ReadOnlySpan<bool> flags)
    {
        var bits = 0;
        for (var i = 0; i < flags.Length; i++)
            bits |= flags[i] ? 1 << i : 0;
        Byte((byte)bits);
    }

    public void Number(ulong value)
    {
        var span = output.GetSpan(MaxNumberBytes);
        var count = 0;
        while (value >= 0x80)
        {
            span[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[count++] = (byte)value;
        Advance(span[..count]);
    }

    /// <summary>A number that is seldom negative, but then small.</summary>
    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Bytes of which most are zero: the length, then in turn zeros by their count and others with theirs.</summary>
    public void Sparse(ReadOnlySpan<byte> bytes)
    {
        Number((ulong)bytes.Length);
        while (!bytes.IsEmpty)
        {
            var zeros = bytes.IndexOfAnyExcept((byte)0);
            if (zeros < 0)
                zeros = bytes.Length;
            bytes = bytes[zeros..];
            var others = 0;
            while (others < bytes.Length && !IsZeros(bytes[others..]))
                others++;
            Number((ulong)zeros);
            Number((ulong)others);
            var span = output.GetSpan(Math.Max(1, others))[..others];
            bytes[..others].CopyTo(span);
            Advance(span);
            bytes = bytes[others..];
        }
    }

    public void Checksum()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(sizeof(uint)), _hash);
        output.Advance(sizeof(uint));
    }

    private static bool IsZeros(ReadOnlySpan<byte> bytes)
    {
        var most = Math.Min(bytes.Length, MinZeros);
        return bytes[..most].IndexOfAnyExcept((byte)0) < 0;
    }

    private void Advance(ReadOnlySpan<byte> written)
    {
        _hash = Fnv1A(_hash, written);
        output.Advance(written.Length);
    }
}
