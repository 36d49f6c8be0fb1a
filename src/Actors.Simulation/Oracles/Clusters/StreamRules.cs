namespace Actors.Simulation;

/// <summary>
/// The rule of I1 on a stream that outlives who writes it, wherever the bytes come from: the world, or real processes. The stream of each incarnation of a VM begins anew, or goes on
/// where the last one stopped when only its service side is another; every byte is the next one of what its guest sends. Answers with what is violated, in a sentence, or with null.
/// </summary>
/// <param name="vm">Whose.</param>
/// <param name="expected">Writes what a guest sends from a position on.</param>
internal sealed class StreamRules(int vm, StreamRules.Sent expected)
{
    private const int Nowhere = -1;

    private readonly byte[] _expected = new byte[256];
    private ulong _token;
    private int _guest;
    private long _other = Nowhere;
    private bool _isWrong;

    /// <summary>What a guest sends, from a position on. Guests with different numbers send different bytes.</summary>
    public delegate void Sent(Span<byte> bytes, int guest, long position);

    /// <summary>Bytes of the writer's incarnation so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes in all.</summary>
    public long Arrived { get; private set; }

    /// <summary>Bytes came from the writer with a token.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="guest">Number of the guest whose bytes they are, where it is known; else 0.</param>
    /// <param name="bytes">The bytes.</param>
    public string? Take(ulong token, int guest, ReadOnlySpan<byte> bytes)
    {
        // Another guest begins anew. Where nobody says which it is, that is known as soon as the two streams differ.
        if (guest != _guest)
            (_guest, _token, _other, Position) = (guest, token, Nowhere, 0);
        else if (token > _token)
            (_token, _other) = (token, Arrived == 0 ? Nowhere : 0);
        Arrived += bytes.Length;
        if (_isWrong)
            return null;
        for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, _expected.Length)..])
        {
            if (Step(rest[..Math.Min(rest.Length, _expected.Length)]) is { } wrong)
            {
                // What follows is wrong as well, and says nothing new.
                _isWrong = true;
                return wrong;
            }
        }

        return null;
    }

    /// <summary>The last incarnation is over, and says what it wrote.</summary>
    public string? Finish(long written) => _isWrong || written <= Position ? null : $"VM {vm}: {written} bytes of its last incarnation were written, and {Position} are here";

    private string? Step(ReadOnlySpan<byte> bytes)
    {
        var isOther = _other != Nowhere && Same(bytes, _other, out _);
        if (Same(bytes, Position, out var at))
        {
            Position += bytes.Length;
            _other = isOther ? _other + bytes.Length : Nowhere;
            return null;
        }

        if (!isOther)
            return $"VM {vm}: byte {Position + at} of the incarnation with token {_token} is 0x{bytes[at]:x2}, its guest sent 0x{_expected[at]:x2}";
        (Position, _other) = (_other + bytes.Length, Nowhere);
        return null;
    }

    private bool Same(ReadOnlySpan<byte> bytes, long position, out int at)
    {
        expected(_expected.AsSpan(0, bytes.Length), _guest, position);
        at = bytes.CommonPrefixLength(_expected);
        return at == bytes.Length;
    }
}
