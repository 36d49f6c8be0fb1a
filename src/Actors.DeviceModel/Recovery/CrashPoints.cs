using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>The crash points of one actor; in production there is nobody behind them.</summary>
/// <param name="Points">What a simulated world puts there, or null.</param>
/// <param name="Vm">Whose actor.</param>
/// <param name="Detail">Queue of a device, index of a port.</param>
internal readonly record struct CrashPoints(ICrashPoints? Points, VmId Vm, int Detail)
{
    /// <summary>Returns, or throws.</summary>
    public void Here(CrashSite site) => Points?.Here(site, Vm, Detail);
}
