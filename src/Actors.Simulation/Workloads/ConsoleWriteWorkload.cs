using System.Collections.Immutable;
using System.Globalization;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Each guest sends bytes on its first port in chains of one size, and powers off.</summary>
internal sealed class ConsoleWriteWorkload : IWorkload
{
    /// <inheritdoc/>
    public string Kind => "console-write";

    /// <inheritdoc/>
    public string Summary => "Each guest sends BYTES bytes on its first port, in chains of CHAIN bytes, and powers off.";

    /// <inheritdoc/>
    public ImmutableArray<(string Name, string Meaning)> Options => [("chain", "Bytes of a chain, 1 to 1048576; default 256.")];

    /// <inheritdoc/>
    public string? Validate(Plan plan) => null;

    /// <inheritdoc/>
    public WorkloadRun Begin(World world) => new Run(world);

    private sealed class Run(World world) : WorkloadRun(world)
    {
        private readonly GuestCatalog _guests = new();

        public override IGuestCatalog Guests => _guests;

        protected override GuestSpec GuestOf(int vm) => new(
            "flood",
            [
                MachineNames.Port(vm, 0, 0),
                World.WorkloadBytes.ToString(CultureInfo.InvariantCulture),
                World.Plan.Workload.Options.GetValueOrDefault("chain", "256"),
            ]);
    }
}
