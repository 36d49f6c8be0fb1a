using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>A position in received bytes. Every step checks what is left.</summary>
internal ref struct WireCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly int Left => _rest.Length;

    public bool TryTake(int count, out ReadOnlySpan<byte> taken)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            taken = default;
            return false;
        }

        taken = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    public bool TryByte(out byte value)
    {
        var ok = TryTake(1, out var taken);
        value = ok ? taken[0] : default;
        return ok;
    }

    public bool TryUInt16(out ushort value)
    {
        var ok = TryTake(sizeof(ushort), out var taken);
        value = ok ? BinaryPrimitives.ReadUInt16LittleEndian(taken) : default;
        return ok;
    }

    public bool TryInt32(out int value)
    {
        var ok = TryTake(sizeof(int), out var taken);
        value = ok ? BinaryPrimitives.ReadInt32LittleEndian(taken) : default;
        return ok;
    }
}
