namespace Actors.Protocol;

/// <summary>
/// Tells an owner from those before it: whoever takes over something (a VM, a device model, a backend's stream) does so with a higher token, and what the thing
/// is guarded by refuses effects with a lower one. So an owner that stalled, lost its office and woke up again can't do harm. 0 is "not guarded": a process
/// that hosts everything alone.
/// </summary>
/// <param name="Value">Only compared.</param>
public readonly record struct FencingToken(ulong Value) : IComparable<FencingToken>
{
    /// <summary>Nobody guards.</summary>
    public static readonly FencingToken None;

    /// <summary>True when there is something to compare.</summary>
    public bool IsGuarded => Value != 0;

    /// <summary>The earlier owner has the lower token.</summary>
    public static bool operator <(FencingToken left, FencingToken right) => left.Value < right.Value;

    /// <summary>The later owner has the higher token.</summary>
    public static bool operator >(FencingToken left, FencingToken right) => left.Value > right.Value;

    /// <summary>Not later.</summary>
    public static bool operator <=(FencingToken left, FencingToken right) => left.Value <= right.Value;

    /// <summary>Not earlier.</summary>
    public static bool operator >=(FencingToken left, FencingToken right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(FencingToken other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => IsGuarded ? $"token {Value}" : "no token";
}
