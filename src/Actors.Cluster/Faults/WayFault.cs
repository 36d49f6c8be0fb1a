namespace Actors.Cluster;

/// <summary>What is wrong with one way between two nodes while a fault lasts. TCP loses nothing within a connection: what packets suffer comes out as time.</summary>
internal sealed record WayFault
{
    /// <summary>Nothing passes; what is sent waits, as it would for a retransmission.</summary>
    public bool IsCut { get; init; }

    /// <summary>What each piece takes longer, at least.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Mean of an exponential part that comes to <see cref="Delay"/>.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Chance that a piece is lost and comes later, when it is sent again; each further loss doubles the wait.</summary>
    public double Loss { get; init; }

    /// <summary>Bytes a second; 0: as many as there are.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Chance that a bit of a piece is flipped, behind the checksums of TCP.</summary>
    public double Corruption { get; init; }

    /// <summary>Told whenever the fault changed something; from any thread.</summary>
    public Action? OnEffect { get; init; }
}
