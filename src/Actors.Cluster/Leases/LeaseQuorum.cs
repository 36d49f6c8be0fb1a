using System.Collections.Immutable;

namespace Actors.Cluster;

/// <summary>
/// Which members are enough: more than half of them, or half with the first one, as the resolver decides about halves. Any two such sets have a member in common.
/// </summary>
internal static class LeaseQuorum
{
    /// <summary>The moment since which, going back in time, enough members were heard; <see cref="long.MinValue"/> when never.</summary>
    /// <param name="members">All, the first one first.</param>
    /// <param name="heardAt">When each was heard last; <see cref="long.MaxValue"/> for who always is, <see cref="long.MinValue"/> for who never was.</param>
    public static long HeardSince(ImmutableArray<int> members, Func<int, long> heardAt)
    {
        var moments = new (long At, int Weight)[members.Length];
        for (var i = 0; i < moments.Length; i++)
            moments[i] = (heardAt(members[i]), i == 0 ? 3 : 2);
        Array.Sort(moments, static (one, other) => other.At.CompareTo(one.At));
        var weight = 0;
        foreach (var moment in moments)
        {
            weight += moment.Weight;
            if (weight * 2 > (members.Length * 2) + 1)
                return moment.At;
        }

        return long.MinValue;
    }
}
