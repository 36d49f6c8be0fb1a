using Akka.Actor;
using Akka.Event;

namespace Actors.Cli.Tests;

public sealed class NodeLoggerTests
{
    [Fact]
    public void What_differs_in_numbers_and_ids_is_of_one_kind()
    {
        var one = Log("Error caught channel [[::ffff:10.0.0.1]:24301->[::ffff:10.0.0.7]:58276](Id=62daa196)", new InvalidDataException("a"));
        var other = Log("Error caught channel [[::ffff:10.0.0.1]:24301->[::ffff:10.0.0.8]:58226](Id=5594dc21)", new InvalidDataException("b"));
        Assert.Equal(NodeLogger.KindOf(one), NodeLogger.KindOf(other));
        Assert.NotEqual(NodeLogger.KindOf(one), NodeLogger.KindOf(Log("Error caught channel", new IOException("a"))));
        Assert.NotEqual(NodeLogger.KindOf(one), NodeLogger.KindOf(Log("something else", new InvalidDataException("a"))));
    }

    [Theory]
    [InlineData("[[::ffff:10.0.0.1]:24301->[::ffff:10.0.0.7]:58276](Id=62daa196)", "10.0.0.1 10.0.0.7")]
    [InlineData("akka.tcp://actors@node-2.nodes:4053 is refused", "node-2.nodes")]
    [InlineData("nobody in particular, 17 times", "")]
    public void A_peer_is_its_address_without_a_port(string line, string peers) => Assert.Equal(peers, NodeLogger.PeersOf(line));

    private static Error Log(string text, Exception cause) => new(cause, "source", typeof(NodeLoggerTests), text);
}
