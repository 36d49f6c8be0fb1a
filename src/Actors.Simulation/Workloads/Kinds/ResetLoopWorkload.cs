using System.Collections.Immutable;
using Actors.Guest;

namespace Actors.Simulation;

/// <summary>Resets with chains in flight: of the device, or of the whole machine. After the last one everything works as on the first day.</summary>
internal sealed class ResetLoopWorkload()
    : Workload("reset-loop", "Each guest sends, resets its device or machine with chains in flight, and begins again; the last time it sends all its bytes.", All)
{
    private static readonly WorkloadOption What = WorkloadOption.Word("what", "What is reset", "device", "machine");
    private static readonly WorkloadOption Times = WorkloadOption.Number("times", "Resets", 3, 0, 80);
    private static readonly WorkloadOption Load = WorkloadOption.Number("load", "Bytes that are sent before each reset", 1024, 0, 1 << 20);

    private static ImmutableArray<WorkloadOption> All => [What, Times, Load, .. Framing.Options];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new ResetRun(world);

    private sealed class ResetRun(World world) : ProgramRun(world)
    {
        /// <summary>Time slices that the guest lets pass between its last kick and a reset, at most.</summary>
        private const int MaxSlices = 40;

        private readonly Life[] _lives = [.. Enumerable.Range(0, world.Plan.Topology.Vms).Select(_ => new Life())];

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
                return;
            var life = _lives[vm];
            var times = Times.NumberOf(World.Plan);
            var machine = What.WordOf(World.Plan) == "machine";
            var random = RandomOf(vm, life.Boots++);
            var platform = await GuestPlatform.Boot(cpu, Driver);
            if (platform.Consoles.Count == 0)
            {
                World.Mark("guest.no-port");
                await platform.PowerOff();
                return;
            }

            var console = platform.Consoles[0];
            while (life.Resets < times)
            {
                if (await console.WaitForConsole() is { } port)
                    await SendSome(platform, port, vm, life, random);
                for (var slice = random.Below(MaxSlices); slice > 0; slice--)
                    await cpu.Pause();
                life.Resets++;
                if (machine)
                    await platform.Reset();
                if (await console.Start(platform.Pci.Addresses) is not null)
                    World.Mark("guest.no-port");
            }

            if (await console.WaitForConsole() is { } last)
            {
                var pump = new SendPump(platform, last, BytePattern.OutputOf(vm, 0, 0), Framing.Of(World.Plan), random).From(life.Position);
                if (!await PortPump.Run(platform, pump.Add(World.WorkloadBytes)))
                    World.Mark("guest.port-gone");
            }

            await platform.PowerOff();
        }

        private async GuestTask SendSome(GuestPlatform platform, GuestConsolePort port, int vm, Life life, Prng random)
        {
            var pump = new SendPump(platform, port, BytePattern.OutputOf(vm, 0, 0), Framing.Of(World.Plan), random) { WaitsForLast = false };
            await PortPump.Run(platform, pump.From(life.Position).Add(Load.NumberOf(World.Plan)));
            life.Position = pump.Position;
            if (port.TransmitQueue.InFlight != 0)
                World.Mark("reset.in-flight");
        }

        /// <summary>What a guest knows over resets of its machine.</summary>
        private sealed class Life
        {
            public int Boots { get; set; }

            public int Resets { get; set; }

            public long Position { get; set; }
        }
    }
}
