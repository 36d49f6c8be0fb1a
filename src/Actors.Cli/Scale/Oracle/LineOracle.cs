using Actors.Guest;

namespace Actors.Cli;

/// <summary>
/// The byte oracle of one stream of <see cref="NumberedLine"/>s: says of each byte whether it is the next one, and counts what is missing and what is there that should
/// not be. It knows only the key and the length of the lines, never what a guest or device says of itself.
/// <para>When bytes don't go on as they should, it looks for the next whole line that does fit; what lies between is compared with what should lie between, so that a single
/// gap or repetition is counted to the byte.</para>
/// </summary>
/// <param name="key">Key of the lines.</param>
/// <param name="length">Bytes of a line.</param>
internal sealed class LineOracle(uint key, int length)
{
    /// <summary>Bytes in which no line could be found: more are counted as wrong and forgotten.</summary>
    public const int MostUnread = 1 << 20;

    private readonly byte[] _expected = Line(key, 0, length);
    private List<byte>? _unread;
    private long _forgiven;
    private int _at;
    private bool _mayRestart;

    /// <summary>Lines that are whole or given up, in this life of the sender: the number of the next one.</summary>
    public long Next { get; private set; }

    /// <summary>Bytes that came.</summary>
    public long Arrived { get; private set; }

    /// <summary>Bytes of them in the sender's present life.</summary>
    public long ArrivedInLife { get; private set; }

    /// <summary>Bytes that never came, and nothing excuses it.</summary>
    public long Lost { get; private set; }

    /// <summary>Bytes that came and should not have: again, or changed.</summary>
    public long Doubled { get; private set; }

    /// <summary>Bytes that never came because they were on their way when a node went.</summary>
    public long InFlight { get; private set; }

    /// <summary>How often the sender began anew.</summary>
    public int Restarts { get; private set; }

    /// <summary>Everything arrived that was sent so far.</summary>
    public bool IsClean => Lost == 0 && Doubled == 0;

    /// <summary>The connection to the guest went with what was on it: lines below this number may be missing.</summary>
    public void Interrupt(long sent) => _forgiven = Math.Max(_forgiven, sent);

    /// <summary>From here the sender may begin anew: it is another incarnation. What it had sent before and is not here was in flight.</summary>
    public void AllowRestart() => _mayRestart = true;

    /// <summary>Bytes came.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        Arrived += bytes.Length;
        while (!bytes.IsEmpty)
            bytes = bytes[(_unread is null ? Compare(bytes) : Search(bytes))..];
    }

    /// <summary>The sender had sent so many lines in its last life, and no more will come.</summary>
    public void Finish(long sent)
    {
        ReadOnlySpan<byte> rest = _unread is null ? _expected.AsSpan(0, _at) : [.. _unread];
        Settle(rest, Math.Max(sent, Next));
        Next = Math.Max(sent, Next);
        Clear();
    }

    /// <summary>The sender was stopped within a line; so many bytes of its last life were given to the backend.</summary>
    public void FinishBytes(long written)
    {
        Lost += Math.Max(0, written - ArrivedInLife);
        if (_unread is not null)
        {
            var extra = _unread.Count - Common([.. _unread], Next, 1 + (_unread.Count / length));
            Doubled += extra;
        }

        Clear();
    }

    private static byte[] Line(uint key, long number, int length)
    {
        var line = new byte[length];
        NumberedLine.Write(line, key, number);
        return line;
    }

    private void Clear()
    {
        _unread = null;
        _at = 0;
    }

    private void Expect(long number)
    {
        Next = number;
        _at = 0;
        NumberedLine.Write(_expected, key, number);
    }

    private int Compare(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, length - _at);
        if (bytes[..count].SequenceEqual(_expected.AsSpan(_at, count)))
        {
            ArrivedInLife += count;
            _at += count;
            if (_at == length)
            {
                _mayRestart = false;
                Expect(Next + 1);
            }

            return count;
        }

        _unread = [.. _expected.AsSpan(0, _at)];
        return 0;
    }

    private int Search(ReadOnlySpan<byte> bytes)
    {
        // Up to a line end at a time: what follows a line that fits is compared again.
        var end = bytes.IndexOf((byte)'\n');
        var count = end < 0 ? bytes.Length : end + 1;
        var gathered = _unread!;
        gathered.AddRange(bytes[..count]);
        ArrivedInLife += count;
        if (end >= 0 && gathered.Count >= length)
        {
            var unread = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(gathered);
            if (NumberedLine.TryRead(unread[^length..], key, out var number))
            {
                Found(unread[..^length], number);
                return count;
            }
        }

        if (gathered.Count > MostUnread)
        {
            Doubled += gathered.Count - length;
            gathered.RemoveRange(0, gathered.Count - length);
        }

        return count;
    }

    private void Found(ReadOnlySpan<byte> before, long number)
    {
        if (_mayRestart && (number < Next || number == 0))
            Restart(before, number);
        else if (number >= Next)
            Settle(before, number);
        else
            Doubled += before.Length + length;
        var next = Math.Max(Next, number + 1);
        Clear();
        _mayRestart = false;
        Expect(next);
    }

    private void Restart(ReadOnlySpan<byte> before, long number)
    {
        // The beginning of a line that the life before had not ended is as it should be.
        var ended = before[..Math.Min(before.Length, length)].CommonPrefixLength(Line(key, Next, length));
        var rest = before[ended..];
        Restarts++;
        _forgiven = 0;
        Next = 0;
        ArrivedInLife = rest.Length + length;
        Settle(rest, number);
    }

    /// <summary>Lines from the next one up to another should lie here; these bytes do.</summary>
    private void Settle(ReadOnlySpan<byte> bytes, long until)
    {
        var lines = until - Next;
        var common = Common(bytes, Next, lines);
        var missing = (lines * length) - common;
        Doubled += bytes.Length - common;
        var excused = Math.Min(missing, Math.Max(0, Math.Min(until, _forgiven) - Next) * length);
        InFlight += excused;
        Lost += missing - excused;
    }

    /// <summary>How many of these bytes are the beginning or the end of what should be there.</summary>
    private int Common(ReadOnlySpan<byte> bytes, long first, long lines)
    {
        var expected = lines > bytes.Length / length ? long.MaxValue : lines * length;
        var most = (int)Math.Min(bytes.Length, lines == 0 ? 0 : expected);
        var line = new byte[length];
        var prefix = 0;
        for (var number = first; prefix < most; number++)
        {
            NumberedLine.Write(line, key, number);
            var same = bytes[prefix..].CommonPrefixLength(line.AsSpan(0, Math.Min(length, most - prefix)));
            prefix += same;
            if (same < length)
                break;
        }

        var suffix = 0;
        for (var number = first + lines - 1; prefix + suffix < most && number >= first; number--)
        {
            NumberedLine.Write(line, key, number);
            var left = most - prefix - suffix;
            var same = 0;
            while (same < length && same < left && bytes[^(suffix + same + 1)] == line[length - 1 - same])
                same++;
            suffix += same;
            if (same < length)
                break;
        }

        return prefix + suffix;
    }
}
