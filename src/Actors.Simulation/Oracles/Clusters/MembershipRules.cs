using System.Numerics;

namespace Actors.Simulation;

/// <summary>The rules of L5, wherever the events come from: the world, or real processes. Each method answers with what is violated, in a sentence, or with null.</summary>
internal static class MembershipRules
{
    /// <summary>A node decided on members that it doesn't hear, and goes on.</summary>
    /// <param name="node">Which.</param>
    /// <param name="members">All members, one bit each.</param>
    /// <param name="heard">Those that it hears, itself too.</param>
    public static string? Survived(int node, ulong members, uint heard) => BitOperations.PopCount(heard) * 2 >= BitOperations.PopCount(members)
        ? null
        : $"node {node} hears {BitOperations.PopCount(heard)} of {BitOperations.PopCount(members)} members, and goes on";

    /// <summary>Everything was healed a while ago.</summary>
    /// <param name="nodes">What each node is and sees.</param>
    /// <param name="owners">Nodes that run each VM; -1: it has ended.</param>
    public static string? Settled(ReadOnlySpan<NodeSight> nodes, ReadOnlySpan<int> owners)
    {
        for (var node = 0; node < nodes.Length; node++)
        {
            if (!nodes[node].IsThere)
                return $"node {node} isn't there";
        }

        for (var node = 0; node < nodes.Length; node++)
        {
            if (nodes[node].Members is not { } members)
                return $"node {node} doesn't say whom it takes for members";
            for (var other = 0; other < nodes.Length; other++)
            {
                if ((members >> other & 1) == 0)
                    return $"node {node} doesn't take node {other} for a member";
            }

            if (nodes[node].Unreachable != 0)
                return $"node {node} doesn't hear node {BitOperations.TrailingZeroCount(nodes[node].Unreachable)}";
        }

        for (var vm = 0; vm < owners.Length; vm++)
        {
            if (owners[vm] is not (1 or -1))
                return $"VM {vm} runs on {owners[vm]} nodes";
        }

        return null;
    }
}

/// <summary>A node and what it sees.</summary>
/// <param name="IsThere">Whether its process runs and is a member.</param>
/// <param name="Members">Nodes that it takes for members as they are now, one bit each; null: it doesn't say.</param>
/// <param name="Unreachable">Members that it doesn't hear.</param>
internal readonly record struct NodeSight(bool IsThere, uint? Members, uint Unreachable);
