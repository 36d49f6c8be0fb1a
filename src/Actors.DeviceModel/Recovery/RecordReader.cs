namespace Actors.DeviceModel;

/// <summary>What <see cref="RecordWriter"/> wrote, or didn't: after the first thing that can't be, everything reads as 0 and <see cref="HasFailed"/> says so.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>These bytes are no record.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Nothing is left.</summary>
    public readonly bool IsAtEnd => _left.IsEmpty;

    public byte Byte()
    {
        if (_left.IsEmpty)
        {
            HasFailed = true;
            return 0;
        }

        var value = _left[0];
        _left = _left[1..];
        return value;
    }

    public bool Flag() => Flags(1) != 0;

    /// <summary>So many flags; no bit above them is set.</summary>
    public int Flags(int count)
    {
        var bits = Byte();
        if (bits >> count != 0)
            Fail();
        return HasFailed ? 0 : bits;
    }

    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            if (HasFailed || (shift == 63 && next > 1))
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        Fail();
        return 0;
    }

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public uint UInt32() => (uint)AtMost(uint.MaxValue);

    public int Int32() => (int)AtMost(int.MaxValue);

    public ushort UInt16() => (ushort)AtMost(ushort.MaxValue);

    /// <summary>A count of things, each of which has a byte at least.</summary>
    public int Count(int most)
    {
        var count = AtMost((ulong)most);
        if ((int)count > _left.Length)
            Fail();
        return HasFailed ? 0 : (int)count;
    }

    /// <summary>What <see cref="RecordWriter.Sparse"/> wrote, of at most so many bytes.</summary>
    public byte[] Sparse(int most)
    {
        var length = (int)AtMost((ulong)most);
        var bytes = length == 0 ? [] : new byte[length];
        for (var at = 0; at < length;)
        {
            var zeros = (int)AtMost((ulong)(length - at));
            var others = (int)AtMost((ulong)(length - at - zeros));
            if (HasFailed || others > _left.Length || zeros + others == 0)
            {
                Fail();
                return [];
            }

            _left[..others].CopyTo(bytes.AsSpan(at + zeros));
            _left = _left[others..];
            at += zeros + others;
        }

        return bytes;
    }

    private ulong AtMost(ulong most)
    {
        var value = Number();
        if (value <= most)
            return value;
        Fail();
        return 0;
    }

    private void Fail()
    {
        HasFailed = true;
        _left = default;
    }
}
