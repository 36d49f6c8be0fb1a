using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class GuestCatalogTests
{
    private static readonly GuestCatalog Catalog = new();

    [Theory]
    [InlineData("hello", null)]
    [InlineData("echo p", null)]
    [InlineData("copy a b", null)]
    [InlineData("shell", null)]
    [InlineData("idle", null)]
    [InlineData("exits 1000", null)]
    [InlineData("flood p 1000000000000 65536", null)]
    [InlineData("foo", "Unknown guest 'foo': choose hello, echo PORT, copy FROM TO or shell.")]
    [InlineData("Hello", "Unknown guest 'Hello': choose hello, echo PORT, copy FROM TO or shell.")]
    [InlineData("hello x", "Guest 'hello' takes no arguments, not 1: hello.")]
    [InlineData("echo", "Guest 'echo' takes 1 argument, not 0: echo PORT.")]
    [InlineData("copy a", "Guest 'copy' takes 2 arguments, not 1: copy FROM TO.")]
    [InlineData("exits 0", "Guest 'exits': N is a number from 1, not '0'.")]
    [InlineData("exits -5", "Guest 'exits': N is a number from 1, not '-5'.")]
    [InlineData("flood p 10 2000000", "Guest 'flood': CHAIN is a number from 1 to 1048576, not '2000000'.")]
    public void A_mistake_is_one_sentence_and_what_is_right_can_be_made(string words, string? problem)
    {
        var parts = words.Split(' ');
        var guest = new GuestSpec(parts[0], [.. parts[1..]]);

        Assert.Equal(problem, Catalog.Validate(guest));
        if (problem is null)
        {
            Assert.NotNull(Catalog.Create(guest));
        }
        else
        {
            Assert.Equal("guest", Assert.Throws<ArgumentException>(() => Catalog.Create(guest)).ParamName);
        }
    }

    [Fact]
    public void Arguments_that_were_never_set_are_none() => Assert.Null(Catalog.Validate(new GuestSpec("hello", default)));

    [Fact]
    public void An_empty_port_name_is_refused() => Assert.Equal("Guest 'echo': PORT is empty.", Catalog.Validate(new GuestSpec("echo", [""])));

    [Fact]
    public void Help_names_every_guest_and_marks_those_for_measuring()
    {
        Assert.Equal(["hello", "echo PORT", "copy FROM TO", "shell", "idle", "exits N", "flood PORT BYTES CHAIN", "lines PORT KEY N LENGTH"], GuestCatalog.Help.Select(line => line.Usage));
        Assert.Equal(4, GuestCatalog.Help.Count(line => line.Summary.StartsWith("(benchmark)", StringComparison.Ordinal)));
    }
}
