using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What a writer has to do when the other end of its backend knows a higher token than the writer has. A writer that was admitted once has a successor then, for good. One that never was may be the rightful
/// one, and the token of a time that nobody else remembers: it waits for a higher token, and asks again with that. One rule for all backends, real or simulated.
/// </summary>
/// <param name="fence">The writer's token.</param>
internal struct FenceStanding(FencingToken fence)
{
    /// <summary>The writer's token.</summary>
    public FencingToken Fence { get; private set; } = fence;

    /// <summary>The higher token that the other end knew before it admitted this writer, or none.</summary>
    public FencingToken Remembered { get; private set; }

    /// <summary>Whether the other end knows a higher token.</summary>
    public bool IsFenced { get; private set; }

    /// <summary>The other end knows a higher token. What a person should know of it.</summary>
    /// <param name="place">What a sentence calls the other end.</param>
    /// <param name="by">The higher token.</param>
    /// <param name="wasAdmitted">Whether this writer was admitted before.</param>
    public string Refuse(string place, FencingToken by, bool wasAdmitted)
    {
        IsFenced = true;
        if (wasAdmitted || by <= Fence || !Fence.IsGuarded)
            return IResumableBackend.FencedBy(place, Fence, by);
        Remembered = by;
        return IResumableBackend.RememberedBy(place, Fence, by);
    }

    /// <summary>A token for the writer; without effect when it isn't higher. True: it is above what was remembered, and the other end is to be asked again.</summary>
    public bool Raise(FencingToken fence)
    {
        if (fence <= Fence)
            return false;
        Fence = fence;
        if (!Remembered.IsGuarded || fence <= Remembered)
            return false;
        Remembered = default;
        IsFenced = false;
        return true;
    }
}
