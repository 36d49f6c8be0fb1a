using System.Text;

namespace Actors.Guest.Tests;

public sealed class LineEditorTests
{
    [Theory]
    [InlineData("help\r", "help")]
    [InlineData("help\n", "help")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("\n\n", "|")]
    [InlineData("hex\u007flp\r", "help")]
    [InlineData("\b\b\bx\r", "x")]
    [InlineData("abc\u0015xyz\r", "xyz")]
    [InlineData("abc\u0003xyz\r", "|xyz")]
    [InlineData("a\u001b[Ab\u001bOPc\r", "abc")]
    [InlineData("é\u007fe\r", "e")]
    [InlineData("\u0001\u0002tab\tx\r", "tabx")]
    public void Keys_make_lines(string keys, string lines) => Assert.Equal(lines, string.Join('|', Feed(keys).Lines));

    [Theory]
    [InlineData("ab\u007f\r", "ab\b \b\r\n")]
    [InlineData("ab\u0015", "ab\b \b\b \b")]
    [InlineData("a\u0003", "a^C\r\n")]
    public void The_user_sees_what_happens(string keys, string echo) => Assert.Equal(echo, Feed(keys).Echo);

    [Fact]
    public void A_line_is_bounded()
    {
        var (lines, echo) = Feed(new string('x', 1000) + "\r");

        Assert.Equal([new string('x', LineEditor.MaxLength)], lines);
        Assert.Equal(1000 - LineEditor.MaxLength, echo.Count(c => c == '\a'));
    }

    private static (List<string> Lines, string Echo) Feed(string keys)
    {
        var editor = new LineEditor();
        var echo = new List<byte>();
        var lines = new List<string>();
        foreach (var key in Encoding.UTF8.GetBytes(keys))
        {
            if (editor.Feed(key, echo) is { } line)
                lines.Add(line);
        }

        return (lines, Encoding.UTF8.GetString([.. echo]));
    }
}
