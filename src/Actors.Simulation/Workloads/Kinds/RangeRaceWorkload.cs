using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Doorbell ranges come and go while kicks are in flight: BARs move, decode goes off and on, and another processor keeps kicking at the old places.</summary>
internal sealed class RangeRaceWorkload()
    : Workload("range-race", "The first processor of each guest moves its devices' BARs and switches decode off and on while the others kick; then it sends its bytes on every device.", All)
{
    private static readonly WorkloadOption Rounds = WorkloadOption.Number("rounds", "BARs that are moved away and back", 6, 1, 1000);
    private static readonly WorkloadOption Kicks = WorkloadOption.Number("kicks", "Kicks of each other processor after each call", 6, 1, 1000);

    private static ImmutableArray<WorkloadOption> All => [Rounds, Kicks, .. Framing.Options];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new RaceRun(world);

    /// <inheritdoc/>
    protected override string? CheckTopology(PlanTopology topology) =>
        topology.Vcpus >= 2 ? null : "Workload 'range-race' needs two processors: give the topology vcpus: 2.";

    private sealed class RaceRun(World world) : ProgramRun(world)
    {
        /// <summary>Where a BAR goes meanwhile: behind all that the firmware gave out.</summary>
        private const ulong Elsewhere = PlatformSpec.PciHole64Start + 0x1000_0000;

        private readonly List<QueueDoorbell>[] _doorbells = [.. Enumerable.Range(0, world.Plan.Topology.Vms).Select(_ => new List<QueueDoorbell>())];

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
            {
                await Kick(cpu, vm, RandomOf(vm, cpu.Index));
                return;
            }

            var platform = await GuestPlatform.Boot(cpu, Driver);
            var random = RandomOf(vm, 0);
            var pumps = new List<SendPump>();
            for (var device = 0; device < platform.Consoles.Count; device++)
            {
                if (await platform.Consoles[device].WaitForConsole() is not { } port)
                    continue;
                pumps.Add(new SendPump(platform, port, BytePattern.OutputOf(vm, device, 0), Framing.Of(World.Plan), random));
                var doorbell = port.TransmitQueue.Doorbell;
                _doorbells[vm].Add(doorbell);
                if (!doorbell.IsPort)
                    _doorbells[vm].Add(doorbell with { Address = Elsewhere + (doorbell.Address % VirtioPciSpec.ModernBarSize) });
            }

            var crew = await ProcessorCrew.Start(cpu, platform.Apic, platform.Interrupts);
            var rounds = Rounds.NumberOf(World.Plan);
            for (var round = 0; round < rounds && pumps.Count != 0; round++)
                await MoveAndSend(platform, crew, pumps, random, World.WorkloadBytes * (round + 1) / rounds);
            _doorbells[vm].Clear();
            await platform.PowerOff();
        }

        private async GuestTask MoveAndSend(GuestPlatform platform, ProcessorCrew crew, List<SendPump> pumps, Prng random, long until)
        {
            for (var vcpu = 1; vcpu < platform.Cpu.VcpuCount; vcpu++)
                await crew.Wake(vcpu);
            var device = platform.Consoles[random.Below(platform.Consoles.Count)].Device;
            if (random.Below(2) == 0)
            {
                var bar = await device.ReadBar(VirtioPciSpec.ModernBar);
                await device.Relocate(VirtioPciSpec.ModernBar, Elsewhere);
                await device.Relocate(VirtioPciSpec.ModernBar, bar.Address);
                World.Mark("range.bar-moved");
            }
            else
            {
                var old = await device.ChangeCommand(0, PciSpec.CommandIo | PciSpec.CommandMemory);
                await device.ChangeCommand(old, 0);
                World.Mark("range.decode-off");
            }

            var all = new PortPump[pumps.Count];
            for (var i = 0; i < all.Length; i++)
                all[i] = pumps[i].Add(until - pumps[i].Position);
            if (!await PortPump.Run(platform, all))
                World.Mark("guest.port-gone");
        }

        private async GuestTask Kick(GuestCpu cpu, int vm, Prng random)
        {
            var crew = await ProcessorCrew.Join(cpu);
            while (true)
            {
                await crew.Sleep();
                for (var kick = Kicks.NumberOf(World.Plan); kick > 0 && _doorbells[vm].Count != 0; kick--)
                    await _doorbells[vm][random.Below(_doorbells[vm].Count)].Ring(cpu);
            }
        }
    }
}
