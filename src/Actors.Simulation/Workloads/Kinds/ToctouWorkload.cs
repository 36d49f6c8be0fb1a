using System.Buffers.Binary;
using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A second processor rewrites descriptors while the device may look at them (row 60 of the behaviour table).</summary>
internal sealed class ToctouWorkload()
    : Workload("toctou", "The first processor of each guest sends its bytes; the second rewrites descriptors and the available ring meanwhile.", All)
{
    private static readonly WorkloadOption Rewrite = WorkloadOption.Word(
        "rewrite", "What is written: another address with the same content (whatever the device reads is right), or anything (the device may break, and is reset)", "valid", "hostile");

    private static readonly WorkloadOption Rounds = WorkloadOption.Number("rounds", "Rewrites after each call of the second processor", 8, 1, 1000);

    private static ImmutableArray<WorkloadOption> All => [Rewrite, Rounds, .. Framing.Options];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new ToctouRun(world);

    /// <inheritdoc/>
    protected override string? CheckTopology(PlanTopology topology) =>
        topology.Vcpus >= 2 ? null : "Workload 'toctou' needs two processors: give the topology vcpus: 2.";

    private sealed class ToctouRun : ProgramRun
    {
        private readonly Target[] _targets;
        private readonly bool _isHostile;
        private readonly int _rounds;

        public ToctouRun(World world)
            : base(world)
        {
            _isHostile = Rewrite.WordOf(world.Plan) == "hostile";
            _rounds = Rounds.NumberOf(world.Plan);
            _targets = [.. Enumerable.Range(0, world.Plan.Topology.Vms).Select(_ => new Target())];
        }

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index == 0)
                await Send(cpu, vm);
            else if (cpu.Index == 1)
                await Disturb(cpu, _targets[vm], RandomOf(vm, 1));
        }

        private async GuestTask Send(GuestCpu cpu, int vm)
        {
            var platform = await GuestPlatform.Boot(cpu, Driver);
            var random = RandomOf(vm, 0);
            var target = _targets[vm];
            var crew = await ProcessorCrew.Start(cpu, platform.Apic, platform.Interrupts);
            var framing = Framing.Of(World.Plan);
            var sent = 0L;
            while (sent < World.WorkloadBytes && await platform.FindConsole() is { } port)
            {
                var pump = new SendPump(platform, port, BytePattern.OutputOf(vm, 0, 0), framing, random, isMirrored: true).From(sent);
                target.Set(port.TransmitQueue.Layout, pump);
                var whole = true;
                while (whole && pump.Position < World.WorkloadBytes)
                {
                    await crew.Wake(1);
                    whole = await PortPump.Run(platform, pump.Add(Math.Min(4L * framing.MaxLength, World.WorkloadBytes - pump.Position)));
                }

                sent = pump.Position;
                if (whole)
                    continue;

                // The device refused what it found: as it should, and a reset makes it work again.
                World.Mark("toctou.device-broke");
                target.Clear();
                var console = platform.Consoles[0];
                if (await console.Start(platform.Pci.Addresses) is not null || console.IsBroken)
                    break;
            }

            target.Clear();
            await platform.PowerOff();
        }

        private async GuestTask Disturb(GuestCpu cpu, Target target, Prng random)
        {
            var crew = await ProcessorCrew.Join(cpu);
            while (true)
            {
                await crew.Sleep();
                for (var round = 0; round < _rounds && target.Pump is not null; round++)
                {
                    var hit = _isHostile ? HostileRings.Disturb(cpu, target.Layout, random) : Move(cpu, target, random);
                    if (hit)
                        World.Mark("toctou.rewrote");
                    await cpu.Pause();
                }
            }
        }

        /// <summary>Lets a descriptor say the other of the two places at which its bytes stand.</summary>
        private static bool Move(GuestCpu cpu, Target target, Prng random)
        {
            Span<byte> field = stackalloc byte[sizeof(ulong)];
            var at = target.Layout.Descriptors + (ulong)(random.Below(target.Layout.Size) * VirtioSpec.DescriptorSize);
            cpu.Memory.TryRead(at, field);
            var address = BinaryPrimitives.ReadUInt64LittleEndian(field);
            var (pool, bytes) = (target.Pump!.Pool, (ulong)target.Pump.PoolBytes);
            if (address < pool || address >= pool + (2 * bytes))
                return false;
            BinaryPrimitives.WriteUInt64LittleEndian(field, address < pool + bytes ? address + bytes : address - bytes);
            return cpu.Memory.TryWrite(at, field);
        }
    }

    /// <summary>What the second processor attacks; a host's object, since their RAM is what they quarrel about.</summary>
    private sealed class Target
    {
        public VirtqueueLayout Layout { get; private set; }

        public SendPump? Pump { get; private set; }

        public void Set(VirtqueueLayout layout, SendPump pump)
        {
            Layout = layout;
            Pump = pump;
        }

        public void Clear() => Pump = null;
    }
}
