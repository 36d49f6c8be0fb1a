namespace Actors.Cli.Tests;

public sealed class NetworkShapesTests
{
    [Theory]
    [InlineData("one-way", "out", "1>0 1>2")]
    [InlineData("one-way", "in", "0>1 2>1")]
    [InlineData("one-way", "pair", "1>2")]
    [InlineData("partition", "isolate", "0|1 1|2")]
    [InlineData("partition", "ring", "0|2")]
    public void A_word_of_a_plan_cuts_these_ways_of_three_nodes(string kind, string word, string expected) =>
        Assert.Equal(expected, NetworkShapes.Text(3, NetworkShapes.Of(kind, word, 3, node: 1, draw: 0)));

    [Theory]
    [InlineData("halves", 5, 2)]
    [InlineData("halves", 3, 1)]
    [InlineData("majority", 5, 2)]
    [InlineData("majority", 4, 1)]
    public void Sides_have_their_size(string mode, int nodes, int lesser)
    {
        for (var draw = 0UL; draw < 50; draw++)
        {
            var isCut = NetworkShapes.Of("partition", mode, nodes, 0, draw * 7919);
            var side = Enumerable.Range(0, nodes).Count(node => node == 0 || !isCut(0, node));
            Assert.Contains(side, new[] { lesser, nodes - lesser });
        }
    }

    [Fact]
    public void A_bridge_leaves_one_node_that_hears_both_halves()
    {
        for (var draw = 0UL; draw < 50; draw++)
        {
            var isCut = NetworkShapes.Of("partial", "bridge", 5, 0, draw);
            var heard = Enumerable.Range(0, 5).Select(a => Enumerable.Range(0, 5).Count(b => a != b && !isCut(a, b))).Order();
            Assert.Equal([2, 2, 2, 2, 4], heard);
        }
    }

    [Fact]
    public void In_majorities_each_node_hears_a_majority_and_none_hears_all()
    {
        for (var draw = 0UL; draw < 50; draw++)
        {
            var isCut = NetworkShapes.Of("partial", "majorities-ring", 5, 0, draw);
            Assert.All(Enumerable.Range(0, 5), a => Assert.Equal(2, Enumerable.Range(0, 5).Count(b => a != b && !isCut(a, b))));
        }
    }

    [Fact]
    public void Sides_by_a_coin_are_never_empty()
    {
        for (var draw = 0UL; draw < 50; draw++)
        {
            var isCut = NetworkShapes.Of("partition", "uniform", 3, 0, draw);
            Assert.Contains(Enumerable.Range(0, 3), a => isCut(0, a) || isCut(1, a));
        }
    }
}
