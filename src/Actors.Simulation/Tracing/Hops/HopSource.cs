namespace Actors.Simulation;

/// <summary>The report that an event was made of. Events that say the same are equal, whatever they were made of.</summary>
/// <param name="report">A boxed <see cref="Protocol.PathStep"/>, <see cref="Protocol.SlotStep"/>, <see cref="Protocol.DropStep"/>, <see cref="Protocol.LifeStep"/>, <see cref="BackendEvent"/> or <see cref="FaultEvent"/>.</param>
/// <param name="turn">In a world, what the actor at work had taken (<see cref="Moment.Cause"/>): what happened in one turn has one number. Else 0.</param>
internal readonly struct HopSource(object? report, int turn = 0) : IEquatable<HopSource>
{
    /// <summary>The report; null where an event was made of nothing but itself.</summary>
    public object? Report { get; } = report;

    /// <summary>The turn, or 0.</summary>
    public int Turn { get; } = turn;

    /// <inheritdoc/>
    public bool Equals(HopSource other) => true;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HopSource;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}
