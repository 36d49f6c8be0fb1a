namespace Actors.Simulation;

/// <content>Clusters: F69, F70, F76 to F84, F86, F88, F89.</content>
public static partial class FaultCatalog
{
    private static FaultKind[] Clusters()
    {
        const FaultSelects node = FaultSelects.Node;
        string[] nodes = [FaultSites.Node];
        string[] network = [FaultSites.Network];
        return
        [
            new("F76", "node-crash", [.. nodes], "A node's process is gone at once: its memory, its timers, and what was on its way from it. It begins again after a time, at the latest when the fault heals.", "H10", node, ["I24", "I20", "L5"], [Time("restart", "20s", "When it begins again.")]),
            new("F77", "node-pause", [.. nodes], "A node does nothing for longer than its silence is borne, then goes on with what it had.", "H10", node, ["I24", "I20", "L5"], [Time("length", "uniform(1s, 20s)", "For how long.")]),
            new("F79", "partition", [.. network], "No message passes between two sides of the nodes.", "H10", FaultSelects.None, ["I24", "L5"],
            [
                Time("duration", "uniform(1s, 20s)", "For how long."),
                Choice("mode", "Who is on which side: each node by a coin; sides of any size alike; one alone; halves; a majority and the rest; a ring, where each hears its neighbours only.", "uniform", "sizes", "isolate", "halves", "majority", "ring"),
            ]),
            new("F88", "wrong-decision", [FaultSites.Decision], "A node decides on a split the wrong way: the lesser side goes on, or the greater one ends itself.", "H10", node, ["I24", "I20", "L5"], []),
        ];
    }
}
