using System.Numerics;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Which ways between nodes a partition of a plan cuts; the words are those of the fault table.</summary>
internal static class NetworkShapes
{
    /// <summary>The ways of a kind.</summary>
    /// <param name="kind">partition, one-way or partial.</param>
    /// <param name="word">Its mode or direction.</param>
    /// <param name="nodes">Nodes, two or more.</param>
    /// <param name="node">A node that was drawn, for what is about one.</param>
    /// <param name="draw">A number that was drawn, for what is about sides.</param>
    public static Func<int, int, bool> Of(string kind, string word, int nodes, int node, ulong draw) => (kind, word) switch
    {
        ("one-way", "out") => (a, _) => a == node,
        ("one-way", "in") => (_, b) => b == node,
        ("one-way", _) => Pair(nodes, node, draw),
        ("partial", "bridge") => Bridge(Places(nodes, draw)),
        ("partial", _) => Majorities(Places(nodes, draw)),
        (_, "ring") => (a, b) => Math.Abs(a - b) != 1 && (nodes == 3 || Math.Abs(a - b) != nodes - 1),
        (_, "sizes") => Sides(Some(1 + (int)(draw % (ulong)(nodes - 1)), nodes, draw / 16)),
        (_, "isolate") => Sides(1u << node),
        (_, "halves") => Sides(Some(nodes / 2, nodes, draw / 16)),
        (_, "majority") => Sides(Some((nodes - 1) / 2, nodes, draw / 16)),
        _ => Sides((uint)(1 + (draw % ((1UL << nodes) - 2)))),
    };

    /// <summary>What is cut, for a person.</summary>
    public static string Text(int nodes, Func<int, int, bool> isCut)
    {
        var cut = new List<string>();
        for (var a = 0; a < nodes; a++)
        {
            for (var b = 0; b < nodes; b++)
            {
                if (a == b || !isCut(a, b) || (a > b && isCut(b, a)))
                    continue;
                cut.Add(isCut(b, a) ? $"{a}|{b}" : $"{a}>{b}");
            }
        }

        return string.Join(' ', cut);
    }

    /// <summary>Nodes in a drawn order.</summary>
    public static int[] Places(int nodes, ulong draw)
    {
        var places = Enumerable.Range(0, nodes).ToArray();
        var drawn = new Prng(draw, (ulong)nodes);
        for (var i = nodes - 1; i > 0; i--)
        {
            var other = drawn.Below(i + 1);
            (places[i], places[other]) = (places[other], places[i]);
        }

        return places;
    }

    private static Func<int, int, bool> Pair(int nodes, int node, ulong draw)
    {
        var other = (node + 1 + (int)(draw % (ulong)(nodes - 1))) % nodes;
        return (a, b) => a == node && b == other;
    }

    private static Func<int, int, bool> Sides(uint side) => (a, b) => (((side >> a) ^ (side >> b)) & 1) != 0;

    private static Func<int, int, bool> Bridge(int[] place)
    {
        var middle = place.Length / 2;
        return (a, b) => place[a] != middle && place[b] != middle && place[a] < middle != place[b] < middle;
    }

    private static Func<int, int, bool> Majorities(int[] place)
    {
        var reach = Math.Max(1, place.Length / 4);
        return (a, b) => Math.Abs(place[a] - place[b]) is var distance && (place.Length == 3 ? distance > reach : Math.Min(distance, place.Length - distance) > reach);
    }

    private static uint Some(int count, int nodes, ulong draw)
    {
        var chosen = 0u;
        for (var i = 0UL; BitOperations.PopCount(chosen) < Math.Max(1, count); i++)
            chosen |= 1u << (int)(Prng.Mix(draw + i) % (ulong)nodes);
        return chosen;
    }
}
