using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Actors.Simulation;

/// <summary>Writes a choice log: numbers with seven bits a byte, texts behind their length, a checksum at the end.</summary>
internal sealed class ChoiceLogWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    public void Number(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        _bytes.Write(bytes[..length]);
    }

    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    public void Fixed(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.Write(bytes);
    }

    public void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number((ulong)bytes.Length);
        _bytes.Write(bytes);
    }

    /// <summary>Everything, with its checksum.</summary>
    public byte[] Sealed()
    {
        Fixed(TraceHash.Of(_bytes.WrittenSpan));
        return _bytes.WrittenSpan.ToArray();
    }
}
