namespace Actors.Simulation;

/// <summary>The outside feeds the first port of each guest, which looks at every byte and powers off after the last.</summary>
internal sealed class ConsoleInputWorkload()
    : Workload("console-input", "The outside feeds each guest's first port; the guest looks at every byte, and powers off after the last.", InputOptions.Options)
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new TrafficRun(world, PortTraffic.Receive, everyPort: false);
}
