namespace Actors.Simulation;

/// <content>Clusters: F69, F70, F76 to F84, F86, F88, F89.</content>
public static partial class FaultCatalog
{
    private static FaultKind[] Clusters()
    {
        const FaultSelects node = FaultSelects.Node;
        string[] nodes = [FaultSites.Node];
        string[] network = [FaultSites.Network];
        var either = Choice("direction", "Which way.", "either", "forward", "back");
        var duration = Time("duration", "uniform(1s, 20s)", "For how long.");
        return
        [
            new("F69", "skew", [.. nodes], "A node's calendar is wrong.", "H9/H10", node, ["I28", "L5"], [Time("by", "uniform(1s, 3600s)", "By how much."), Time("duration", "20s", "For how long."), either]),
            new("F69", "drift", [.. nodes], "A node's clock, and with it its timers, runs at another rate.", "H9/H10", node, ["I28", "L5"], [Drawn("ppm", "uniform(1000, 300000)", "By how many millionths."), Time("duration", "20s", "For how long."), either]),
            new("F70", "jump", [.. nodes], "A node's calendar jumps, and jumps back when the fault heals.", "H9/H10", node, ["I28", "L1", "L5"], [Time("by", "uniform(1s, 3600s)", "How far."), Time("duration", "exp(5s)", "When it jumps back."), either]),
            new("F70", "strobe", [.. nodes], "A node's calendar jumps there and back all the time.", "H9/H10", node, ["I28", "L1", "L5"], [Time("by", "uniform(100ms, 10s)", "How far."), Time("duration", "5s", "For how long.")]),
            new("F76", "node-crash", [.. nodes], "A node's process is gone at once: its memory, its timers, and what was on its way from it. It begins again after a time, at the latest when the fault heals.", "H10", node, ["I24", "I20", "L5"], [Time("restart", "20s", "When it begins again.")]),
            new("F77", "node-pause", [.. nodes], "A node does nothing for longer than its silence is borne, then goes on with what it had.", "H10", node, ["I24", "I20", "L5"], [Time("length", "uniform(1s, 20s)", "For how long.")]),
            new("F78", "node-slow", [.. nodes], "A node that isn't dead and isn't well: each message costs each of its actors time.", "H10", node, ["L1", "L5"], [Time("each", "exp(20ms)", "What a message costs."), Time("duration", "uniform(1s, 20s)", "For how long.")]),
            new("F79", "partition", [.. network], "No message passes between two sides of the nodes.", "H10", FaultSelects.None, ["I24", "L5"],
            [
                Time("duration", "uniform(1s, 20s)", "For how long."),
                Choice("mode", "Who is on which side: each node by a coin; sides of any size alike; one alone; halves; a majority and the rest; a ring, where each hears its neighbours only.", "uniform", "sizes", "isolate", "halves", "majority", "ring"),
            ]),
            new("F80", "one-way", [.. network], "Messages pass in one direction only.", "H10", FaultSelects.None, ["I24", "L5"], [duration, Choice("direction", "What is lost: all that a node sends, all that it should get, or what one node sends another.", "out", "in", "pair")]),
            new("F81", "partial", [.. network], "Not everybody hears everybody.", "H10", FaultSelects.None, ["I24"], [duration, Choice("mode", "Two halves, and one node that hears both; or each node hears a majority, and no two the same.", "bridge", "majorities-ring")]),
            new("F82", "swizzle-clog", [.. network], "The nodes of a random subset are cut off one after the other, what they send and should get is kept back, and they come back in another order.", "H10", FaultSelects.None, ["I24", "L5"], [duration]),
            new("F83", "corrupt-bytes", [.. network], "A bit of a message is turned after serialisation.", "H10", FaultSelects.None, ["I20", "I22"], [Drawn("bit", "uniform(0, 4095)", "Which, counted round its bytes.")]),
            new("F84", "upgrade", [.. nodes], "A node gives its VMs away, ends, and begins again with another wire version, or with the same.", "H10", node, ["I25", "L5"], [Time("duration", "uniform(2s, 15s)", "When it gets the right version back."), Choice("version", "Which it has then.", "other", "same")]),
            new("F86", "double", [.. nodes], "A node gives its VMs away and goes on with them: source and destination run.", "H10", node, ["I20", "I24"], [Time("duration", "uniform(1s, 10s)", "For how long.")]),
            new("F88", "lose-lease", [.. nodes], "Another node gets the tokens of a node's VMs while they run there, and it isn't told.", "H10", node, ["I24", "I20"], []),
            new("F88", "wrong-decision", [FaultSites.Decision], "A node decides on a split the wrong way: the lesser side goes on, or the greater one ends itself.", "H10", node, ["I24", "I20", "L5"], []),
            new("F89", "total-restart", [.. nodes], "All nodes are gone at once, and come back one after the other in any order.", "H10", FaultSelects.None, ["I25", "L5"], [Time("away", "uniform(0s, 3s)", "When the first comes back."), Time("gap", "uniform(0s, 3s)", "Time from one to the next.")]),
        ];
    }
}
