namespace Actors.Simulation;

/// <summary>Both directions of every port of every device at once.</summary>
internal sealed class MultiPortWorkload()
    : Workload("multi-port", "Each guest sends its bytes on every port of every device while the outside feeds each as many.", [.. Framing.Options, .. InputOptions.Options])
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new TrafficRun(world, PortTraffic.Send | PortTraffic.Receive, everyPort: true);
}
