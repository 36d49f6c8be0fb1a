namespace Actors.Simulation;

/// <summary>The outside feeds the first port of each guest, which sends every byte back and powers off after the last.</summary>
internal sealed class ConsoleEchoWorkload()
    : Workload("console-echo", "The outside feeds each guest's first port; the guest sends every byte back, and powers off after the last.", InputOptions.Options)
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new TrafficRun(world, PortTraffic.Echo, everyPort: false);
}
