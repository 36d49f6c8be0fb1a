namespace Actors.Simulation;

/// <summary>Both directions of the first port at once.</summary>
internal sealed class DuplexWorkload()
    : Workload("duplex", "Each guest sends its bytes on its first port while the outside feeds it as many.", [.. Framing.Options, .. InputOptions.Options])
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new TrafficRun(world, PortTraffic.Send | PortTraffic.Receive, everyPort: false);
}
