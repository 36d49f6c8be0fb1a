namespace Actors.DeviceModel;

/// <summary>A scripted answer of <see cref="MemoryBackend"/>.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="MaxCount">With Done: most bytes moved.</param>
/// <param name="Error">With Full and Failed: the line for a person.</param>
internal readonly record struct MemoryOutcome(BackendStatus Status, int MaxCount = 0, string? Error = null)
{
    /// <summary>As if nothing were scripted.</summary>
    public static readonly MemoryOutcome All = new(BackendStatus.Done, int.MaxValue);

    /// <summary>Nothing now.</summary>
    public static readonly MemoryOutcome WouldBlock = new(BackendStatus.WouldBlock);

    /// <summary>Nobody is there now.</summary>
    public static readonly MemoryOutcome Disconnected = new(BackendStatus.Disconnected);

    /// <summary>The input ended.</summary>
    public static readonly MemoryOutcome EndOfInput = new(BackendStatus.EndOfInput);

    /// <summary>No space.</summary>
    public static readonly MemoryOutcome Full = new(BackendStatus.Full, 0, "memory: no space left (scripted)");

    /// <summary>Broken.</summary>
    public static readonly MemoryOutcome Failed = new(BackendStatus.Failed, 0, "memory: broken (scripted)");

    /// <summary>What a call answers.</summary>
    internal BackendResult Result => new(Status, 0, Error);

    /// <summary>Some bytes, at most <paramref name="count"/>, which is at least 1.</summary>
    public static MemoryOutcome Short(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new MemoryOutcome(BackendStatus.Done, count);
    }
}
