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
        /// <summary>Times that a hostile second processor is let loose; the device is reset after each.</summary>
        private const int Battles = 3;

        /// <summary>Bytes of RAM that a guest that begins again clears: more than it has used.</summary>
        private const int Cleared = 1 << 20;

        private readonly bool _isHostile;
        private readonly int _rounds;
        private readonly Framing _framing;

        public ToctouRun(World world)
            : base(world)
        {
            _isHostile = Rewrite.WordOf(world.Plan) == "hostile";
            _rounds = Rounds.NumberOf(world.Plan);
            _framing = Framing.Of(world.Plan);
            _targets = [.. Enumerable.Range(0, world.Plan.Topology.Vms).Select(_ => new Target())];
        }

        /// <summary>Bytes that are sent between two calls of the second processor.</summary>
        private long Share => 4L * _framing.MaxLength;

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index == 0)
                await Send(cpu, vm);
            else if (cpu.Index == 1)
                await Disturb(cpu, _targets[vm], RandomOf(vm, 1));
            else
                await (await ProcessorCrew.Join(cpu)).Finish();
        }

        private async GuestTask Send(GuestCpu cpu, int vm)
        {
            var platform = await GuestPlatform.Boot(cpu, Driver);
            var crew = await ProcessorCrew.Start(cpu, platform.Apic, platform.Interrupts);
            var random = RandomOf(vm, 0);
            var sent = 0L;
            for (var battle = 0; _isHostile && battle < Battles; battle++)
            {
                sent = await Fight(platform, crew, vm, sent, random);
                platform = await StartAgain(cpu, platform);
            }

            if (await platform.FindConsole() is not { } port)
            {
                World.Mark("guest.no-port");
                return;
            }

            var pump = MakePump(platform, port, vm, sent, random);
            if (!_isHostile)
                _targets[vm].Set(port.TransmitQueue.Layout, pump);
            for (var end = sent + World.WorkloadBytes; pump.Position < end;)
            {
                if (!_isHostile)
                    await crew.Wake(1);
                if (await PortPump.Run(platform, pump.Add(Math.Min(Share, end - pump.Position))))
                    continue;
                World.Mark("guest.port-gone");
                break;
            }

            _targets[vm].Clear();
            await platform.PowerOff();
        }

        /// <summary>Makes chains available and lets the second processor have its way; what comes back, comes back. Returns how far the stream is.</summary>
        private async GuestTask<long> Fight(GuestPlatform platform, ProcessorCrew crew, int vm, long sent, Prng random)
        {
            if (await platform.FindConsole() is not { } port)
                return sent;
            var pump = MakePump(platform, port, vm, sent, random).Add(Share);
            var target = _targets[vm];
            target.Set(port.TransmitQueue.Layout, pump);
            var turns = target.Turns;
            await crew.Wake(1);
            pump.Move();
            if (port.TransmitQueue.Publish())
                await port.TransmitQueue.Kick(platform.Cpu);
            while (target.Turns == turns)
                await crew.Sleep();
            target.Clear();
            if (((byte)await port.Driver.Transport!.ReadStatus() & VirtioSpec.StatusNeedsReset) != 0)
                World.Mark("toctou.device-broke");
            return pump.Position;
        }

        /// <summary>What a new kernel does: the device is reset before its rings are forgotten.</summary>
        private static async GuestTask<GuestPlatform> StartAgain(GuestCpu cpu, GuestPlatform platform)
        {
            foreach (var console in platform.Consoles)
                await console.Transport!.Reset();
            cpu.Memory.TryWrite(GuestHeap.Start, new byte[Cleared]);
            return await GuestPlatform.Boot(cpu, platform.Consoles.Count == 0 ? new DriverOptions() : platform.Consoles[0].Options);
        }

        private SendPump MakePump(GuestPlatform platform, GuestConsolePort port, int vm, long from, Prng random) =>
            new SendPump(platform, port, BytePattern.OutputOf(vm, 0, 0), _framing, random, isMirrored: true).From(from);

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

                target.Turns++;
                await crew.Wake(0);
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

        /// <summary>Calls that the second processor has answered.</summary>
        public int Turns { get; set; }

        public void Set(VirtqueueLayout layout, SendPump pump)
        {
            Layout = layout;
            Pump = pump;
        }

        public void Clear() => Pump = null;
    }
}
