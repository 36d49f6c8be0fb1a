namespace Actors.Protocol;

/// <summary>
/// Between the lease keepers of a cluster's nodes. A node uses backends that know no tokens only while a majority of members has lately answered it; and nobody starts
/// its VMs before what those granted has run out.
/// </summary>
public static class LeaseHop
{
    /// <summary>A node asks each member. Not repeated: the next round comes soon.</summary>
    /// <param name="From">Uid of the asking incarnation of the node.</param>
    /// <param name="SentAt">Its clock, of which nobody else makes anything.</param>
    public sealed record Renew(int From, long SentAt) : IWireMessage;

    /// <summary>A member takes the node for living: it will let nobody take over from it for a lease's time.</summary>
    /// <param name="To">Uid of who asked.</param>
    /// <param name="From">Uid of who grants.</param>
    /// <param name="SentAt">From the question.</param>
    public sealed record Granted(int To, int From, long SentAt) : IWireMessage;

    /// <summary>Who is about to take over from a lost node asks each member it can reach: has what you granted to it run out? Repeated until answered.</summary>
    /// <param name="From">Uid of who asks.</param>
    /// <param name="Lost">Uid of the lost node.</param>
    public sealed record Settle(int From, int Lost) : IWireMessage;

    /// <summary>It has run out, and there will be no other.</summary>
    /// <param name="To">Uid of who asked.</param>
    /// <param name="From">Uid of who answers.</param>
    /// <param name="Lost">Uid of the lost node.</param>
    public sealed record Settled(int To, int From, int Lost) : IWireMessage;
}
