using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Crash sites of a world.</summary>
internal sealed class SimCrashPoints(World world) : ICrashPoints
{
    /// <inheritdoc/>
    public void Here(CrashSite site, VmId vm, int detail) => world.Faults.AtCrashSite(site, vm, detail);
}
