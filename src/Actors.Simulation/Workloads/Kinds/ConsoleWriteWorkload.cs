namespace Actors.Simulation;

/// <summary>Each guest sends bytes on its first port and powers off.</summary>
internal sealed class ConsoleWriteWorkload()
    : Workload("console-write", "Each guest sends its bytes on its first port and powers off.", Framing.Options)
{
    /// <inheritdoc/>
    protected override bool BeginsAnew => true;

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new TrafficRun(world, PortTraffic.Send, everyPort: false);
}
