namespace Actors.Cli.Tests;

public sealed class HoconBalanceTests
{
    [Theory]
    [InlineData("")]
    [InlineData("akka { loglevel = INFO, list = [1, { a = 2 }] }")]
    [InlineData("akka.actor { # a { in a comment\n a = 1 // and ] here \"\n}")]
    [InlineData("url = \"http://a/#b{[\"\nb = \"a \\\" { quote\"\nc = \"\\\\\"")]
    [InlineData("a = \"\"\"{ [ \" # // \n }}} \"\"\"\nb = \"\"\"ends with a quote\"\"\"\"\nc { d = \"\" }")]
    [InlineData("include \"other{.conf\"\ninclude file(\"x]\")\na = ${b.\"c}\"}\nd = ${?e}")]
    [InlineData("{\r\n  a = [ 1,\r\n 2 ]\r\n}\r\n")]
    [InlineData("a = it's")]
    public void What_closes_is_left_to_Akka(string text) => Assert.Null(HoconBalance.Find(text));

    [Theory]
    [InlineData("akka {\n  loglevel = INFO\n", "line 1: the '{' that is opened here is never closed, add '}' where its section ends")]
    [InlineData("a { }\nb {\n  c = [1, 2\n", "line 3: the '[' that is opened here is never closed, add ']' where its section ends")]
    [InlineData("a { # }\n", "line 1: the '{' that is opened here is never closed, add '}' where its section ends")]
    [InlineData("a = ${b\n", "line 1: the '{' that is opened here is never closed, add '}' where its section ends")]
    [InlineData("a = 1\n}\n", "line 2: '}' closes nothing, remove it or open its section before")]
    [InlineData("a {\n b = [1, 2\n}\n", "line 3: '}' stands where the '[' of line 2 ends, which takes ']'")]
    [InlineData("a = \"\"\"x\n\n\"\"\"\nb = \"open\nc = \"closed\"", "line 4: a quote (\") is opened and not closed before the line ends, close it, or write \"\"\" around a text of several lines")]
    [InlineData("a = \"b\\", "line 1: a quote (\") is opened and not closed before the line ends, close it, or write \"\"\" around a text of several lines")]
    [InlineData("\na = \"\"\"x\"\" }\n", "line 2: the text that begins here with \"\"\" has no end, close it with \"\"\"")]
    public void What_is_left_open_is_named_with_its_line(string text, string mistake) => Assert.Equal(mistake, HoconBalance.Find(text));
}
