namespace Actors.DeviceModel;

/// <summary>Who is told that a descriptor became ready.</summary>
internal interface IReadinessSink
{
    /// <summary>
    /// Called on the loop's thread, with the gate that was given at registration held; never after the registration was disposed under that gate.
    /// </summary>
    /// <param name="source">The registration, of which the wishes in <paramref name="ready"/> are now taken back.</param>
    /// <param name="ready">Wishes that came true; on hang-up or error all of them.</param>
    /// <param name="hungUp">True when the other side is gone.</param>
    void OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp);
}
