using System.Numerics;

namespace Actors.Simulation;

/// <summary>What is done when members can't hear others for long: the side that has the majority of them goes on, the other ends.</summary>
internal class SplitDecision
{
    /// <summary>Whether this side goes on.</summary>
    /// <param name="members">Members, a bit each.</param>
    /// <param name="reachable">Those of them that are on this side.</param>
    public virtual bool Survives(uint members, uint reachable)
    {
        var (all, here) = (BitOperations.PopCount(members), BitOperations.PopCount(reachable));
        if (here * 2 != all)
            return here * 2 > all;

        // Two halves: the one with the lowest member.
        return (reachable & (members & (uint)-(int)members)) != 0;
    }
}
