using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A guest that does anything to its own device (rows 1-65 of the behaviour table), beside guests that do nothing wrong.</summary>
internal sealed class HostileWorkload()
    : Workload("hostile", "The first guest writes anything to its device's registers, rings and doorbells; every other guest sends its bytes.", All)
{
    private static readonly WorkloadOption Steps = WorkloadOption.Number("steps", "Things that the hostile guest does", 120, 1, 1_000_000);
    private static readonly WorkloadOption Attack = WorkloadOption.Word("attack", "Whether the first guest attacks, storms its doorbell, or powers off at once (for comparing)", "on", "storm", "off");

    private static ImmutableArray<WorkloadOption> All => [Steps, Attack, .. Framing.Options];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new HostileRun(world);

    private sealed class HostileRun(World world) : ProgramRun(world)
    {
        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
                return;
            var attack = Attack.WordOf(World.Plan);
            if (vm == 0 && attack == "off")
            {
                await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
                return;
            }

            var random = RandomOf(vm, 0);
            var platform = await GuestPlatform.Boot(cpu, Driver);
            if (vm != 0)
                await Send(platform, vm, random);
            else if (attack == "storm")
                await Storm(platform);
            else
                await Harm(cpu, random);
            await platform.PowerOff();
        }

        private async GuestTask Send(GuestPlatform platform, int vm, Prng random)
        {
            if (await platform.FindConsole() is not { } port)
                return;
            var pump = new SendPump(platform, port, BytePattern.OutputOf(vm, 0, 0), Framing.Of(World.Plan), random);
            if (!await PortPump.Run(platform, pump.Add(World.WorkloadBytes)))
                World.Mark("guest.port-gone");
        }

        private async GuestTask Storm(GuestPlatform platform)
        {
            if (await platform.FindConsole() is not { } port)
                return;
            for (var left = Steps.NumberOf(World.Plan); left > 0; left--)
                await port.TransmitQueue.Doorbell.Ring(platform.Cpu);
            World.Mark("hostile.storm-over");
        }

        private async GuestTask Harm(GuestCpu cpu, Prng random)
        {
            var session = new HostileSession(cpu, random);
            for (var left = Steps.NumberOf(World.Plan); left > 0; left--)
                await session.Step();
            if (session.SawNeedsReset)
                World.Mark("hostile.needs-reset");
        }
    }
}
