namespace Actors.DeviceModel;

/// <summary>A backend that holds bytes which it took until somebody reads them, and loses them when it is disposed: a pseudo terminal.</summary>
internal interface IHoldingBackend
{
    /// <summary>True while bytes are held.</summary>
    bool HoldsOutput { get; }

    /// <summary>Takes the held bytes away and counts them: they will reach nobody.</summary>
    long TakeHeldOutput();
}
