namespace Actors.Cli;

/// <summary>
/// Looks whether braces, brackets and quotes of a HOCON text close. Akka's parser doesn't: it takes the end of the text for whatever was left open, so a section that was cut off
/// would be in force. Nothing else is judged here; comments, quoted texts and what an <c>include</c> names are passed over.
/// </summary>
internal static class HoconBalance
{
    private const string Triple = "\"\"\"";

    /// <summary>Null, or the first mistake with its line: "line 3: ...", without a full stop.</summary>
    public static string? Find(ReadOnlySpan<char> text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        while (text.Length > 0)
        {
            var taken = 1;
            switch (text[0])
            {
                case '\n':
                    line++;
                    break;
                case '#':
                case '/' when text.StartsWith("//"):
                    taken = EndOfLine(text);
                    break;
                case '"' when text.StartsWith(Triple):
                    if (text[Triple.Length..].IndexOf(Triple) is var end && end < 0)
                        return $"line {line}: the text that begins here with {Triple} has no end, close it with {Triple}";
                    taken = end + (2 * Triple.Length);

                    // Of more than three quotes in a row the last three close it, the others are its text.
                    while (taken < text.Length && text[taken] == '"')
                        taken++;
                    line += text[..taken].Count('\n');
                    break;
                case '"':
                    if (Quoted(text) is not { } length)
                        return $"line {line}: a quote (\") is opened and not closed before the line ends, close it, or write {Triple} around a text of several lines";
                    taken = length;
                    break;
                case '{' or '[':
                    open.Push((text[0], line));
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var begin))
                        return $"line {line}: '{text[0]}' closes nothing, remove it or open its section before";
                    if (Closing(begin.Bracket) != text[0])
                        return $"line {line}: '{text[0]}' stands where the '{begin.Bracket}' of line {begin.Line} ends, which takes '{Closing(begin.Bracket)}'";
                    break;
            }

            text = text[taken..];
        }

        return open.TryPop(out var left) ? $"line {left.Line}: the '{left.Bracket}' that is opened here is never closed, add '{Closing(left.Bracket)}' where its section ends" : null;
    }

    private static char Closing(char bracket) => bracket == '{' ? '}' : ']';

    private static int EndOfLine(ReadOnlySpan<char> text) => text.IndexOf('\n') is >= 0 and var end ? end : text.Length;

    /// <summary>Length of a text in quotes with both; null: its line ends before. A backslash takes the next character's meaning away.</summary>
    private static int? Quoted(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length && text[i] is not ('\n' or '\r'); i++)
        {
            if (text[i] == '"')
                return i + 1;
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is not ('\n' or '\r'))
                i++;
        }

        return null;
    }
}
