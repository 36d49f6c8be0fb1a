using System.Text;

namespace Actors.Guest;

/// <summary>Turns key strokes into lines: backspace, ^U, ^C, either line end. A line is bounded.</summary>
internal sealed class LineEditor
{
    /// <summary>Most bytes of a line; more are answered by the bell.</summary>
    public const int MaxLength = 200;

    private const byte Interrupt = 0x03;
    private const byte Bell = 0x07;
    private const byte Backspace = 0x08;
    private const byte KillLine = 0x15;
    private const byte Escape = 0x1B;
    private const byte Delete = 0x7F;

    private readonly byte[] _line = new byte[MaxLength];
    private int _length;
    private bool _afterReturn;
    private EscapeState _escape;

    private enum EscapeState : byte
    {
        None,
        Begun,
        InSequence,
    }

    /// <summary>Takes a key stroke; what the user should see of it is appended. Returns a line when one is complete: empty for a bare line end and for ^C.</summary>
    public string? Feed(byte key, List<byte> echo)
    {
        var pairedFeed = _afterReturn && key == '\n';
        _afterReturn = key == '\r';
        if (pairedFeed || SkipEscape(key))
            return null;
        switch (key)
        {
            case (byte)'\r' or (byte)'\n':
                return Complete(echo, "\r\n"u8);
            case Interrupt:
                _length = 0;
                return Complete(echo, "^C\r\n"u8);
            case Backspace or Delete:
                if (_length != 0)
                    Erase(echo);
                return null;
            case KillLine:
                while (_length != 0)
                    Erase(echo);
                return null;
            case < 0x20:
                return null;
            default:
                Append(key, echo);
                return null;
        }
    }

    private string Complete(List<byte> echo, ReadOnlySpan<byte> shown)
    {
        foreach (var b in shown)
            echo.Add(b);
        var line = Encoding.UTF8.GetString(_line, 0, _length);
        _length = 0;
        return line;
    }

    private void Append(byte key, List<byte> echo)
    {
        if (_length == MaxLength)
        {
            echo.Add(Bell);
            return;
        }

        _line[_length++] = key;
        echo.Add(key);
    }

    /// <summary>Removes the last character, all bytes of it.</summary>
    private void Erase(List<byte> echo)
    {
        do
        {
            _length--;
        }
        while (_length > 0 && (_line[_length] & 0xC0) == 0x80);
        foreach (var b in "\b \b"u8)
            echo.Add(b);
    }

    /// <summary>Swallows what cursor and function keys send.</summary>
    private bool SkipEscape(byte key)
    {
        switch (_escape)
        {
            case EscapeState.Begun:
                _escape = key is (byte)'[' or (byte)'O' ? EscapeState.InSequence : EscapeState.None;
                return true;
            case EscapeState.InSequence:
                if (key is >= 0x40 and <= 0x7E)
                    _escape = EscapeState.None;
                return true;
            default:
                if (key == Escape)
                    _escape = EscapeState.Begun;
                return key == Escape;
        }
    }
}
