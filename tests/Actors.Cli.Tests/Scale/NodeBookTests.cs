using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class NodeBookTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void What_nodes_count_adds_up_over_nodes_and_over_their_restarts()
    {
        var book = new NodeBook();
        book.Take(State("a:1", 100, (5, 60), (6, 40)), 1);
        book.Take(State("b:1", 10, (5, 10)), 1);
        book.Take(State("a:1", 150, (5, 100), (6, 50)), 2);
        book.Take(State("a:1", 20, (5, 20)), 3);

        Assert.Equal((180, 180_000), (book.Exits, book.CpuNs));
        Assert.Equal((130, 50), (book.Latencies[5], book.Latencies[6]));
    }

    [Fact]
    public void A_sample_is_what_changed()
    {
        var book = new NodeBook();
        book.Take(State("a:1", 100), 1);
        book.Sample(Second, 1);
        book.Take(State("a:1", 160), Second + 1);

        var node = Assert.Single(book.Sample(3 * Second, 2));

        Assert.Equal(("a:1", true, 7, 30.0, 4096), (node.Node, node.Answers, node.Vms, node.ExitsPerSecond, node.MemoryBytes));
    }

    [Fact]
    public void A_node_that_says_nothing_is_noted_once_and_again_when_it_answers()
    {
        var book = new NodeBook();
        book.Take(State("a:1", 1), 0);
        book.Sample(NodeBook.Patience + 1, 1);
        book.Sample(NodeBook.Patience + 2, 1);

        Assert.Empty(book.Answering);
        Assert.Equal(0, book.MemoryBytes);
        book.Take(State("a:1", 2), NodeBook.Patience + 3);

        Assert.Equal(["node a:1 doesn't answer", "node a:1 answers again"], book.Events.Select(happened => happened.Sentence));
        Assert.Equal(["a:1"], book.Answering);
    }

    [Fact]
    public void A_node_that_was_silent_from_the_first_is_asked_and_counts_when_it_answers()
    {
        var book = new NodeBook();
        book.Meet("a:1", 0);
        book.Meet("b:1", 0, isSilent: true);

        Assert.Equal(["a:1", "b:1"], book.Addresses);
        Assert.Equal(0, book.Answered);
        Assert.Equal(["a:1"], book.Answering);
        book.Take(State("b:1", 1), 1);

        Assert.Equal(["a:1", "b:1"], book.Answering);
        Assert.Equal((1, "node b:1 answers"), (book.Answered, Assert.Single(book.Events).Sentence));
    }

    [Fact]
    public void A_latency_that_does_not_exist_is_ignored()
    {
        var book = new NodeBook();

        book.Take(State("a:1", 1, (-1, 5), (LatencyBuckets.Count, 5)), 0);

        Assert.Equal(0, book.Latencies.Sum());
    }

    private static ClusterHop.NodeState State(string node, long exits, params (int Bucket, long Count)[] latencies) =>
        new(node, ["guest"], 7, 0, exits, 0, 0, 0, 0, 0, 4096, 1000 * exits, [.. latencies.Select(pair => new LatencyCount(pair.Bucket, pair.Count))]);
}
