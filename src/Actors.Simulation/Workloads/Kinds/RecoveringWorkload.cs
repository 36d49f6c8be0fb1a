using Actors.Guest;

namespace Actors.Simulation;

/// <summary>A driver that does what clause 2.1.2 has it do: a device that says NEEDS_RESET is reset and set up again, and what it had not given back is sent again.</summary>
internal sealed class RecoveringWorkload()
    : Workload("recovering", "Each guest sends its bytes; a device that says that it needs a reset is reset, and what it had not given back is sent again.", Framing.Options)
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new RecoveringRun(world);

    private sealed class RecoveringRun(World world) : ProgramRun(world)
    {
        /// <summary>Resets after which a guest gives its device up.</summary>
        private const int MaxResets = 64;

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
                return;
            var platform = await GuestPlatform.Boot(cpu, Driver);
            var random = RandomOf(vm, 0);
            var (from, resets) = (0L, 0);
            while (from < World.WorkloadBytes && resets <= MaxResets)
            {
                if (platform.Consoles.Count == 0)
                {
                    // It broke while it was set up for the first time.
                    resets++;
                    platform = await GuestPlatform.Boot(cpu, Driver);
                    continue;
                }

                var console = platform.Consoles[0];
                if (await console.WaitForConsole() is { } port)
                {
                    var pump = new SendPump(platform, port, BytePattern.OutputOf(vm, 0, 0), Framing.Of(World.Plan), random).From(from);
                    await PortPump.Run(platform, pump.Add(World.WorkloadBytes - from));
                    from = pump.Returned;
                }

                if (from == World.WorkloadBytes)
                    break;
                World.Mark("guest.device-reset");
                resets++;
                await console.Start(platform.Pci.Addresses);
            }

            if (from < World.WorkloadBytes)
                World.Mark("guest.port-gone");
            await platform.PowerOff();
        }
    }
}
