using System.Collections.Immutable;
using Actors.Guest;

namespace Actors.Simulation;

/// <summary>
/// Bursts of output with pauses, while a peer comes and goes. A guest has no time of its own: a byte from outside begins each burst, on the first device's last port
/// (the metronome, whose peer stays), and one more ends the machine.
/// </summary>
internal sealed class BurstsWorkload()
    : Workload("bursts", "Each guest sends its bytes on its first port in bursts, told by bytes that come in on its last port; the first port's peer may come and go.", All)
{
    private static readonly WorkloadOption Bursts = WorkloadOption.Number("bursts", "Bursts", 4, 1, 1000);
    private static readonly WorkloadOption Pause = WorkloadOption.Time("pause", "Time from one burst to the next", "10ms");
    private static readonly WorkloadOption Peer = WorkloadOption.Word("peer", "Whether somebody is at the first port's backend: always, not before a time, or on and off", "stays", "late", "comesAndGoes");
    private static readonly WorkloadOption Absent = WorkloadOption.Time("absent", "How long nobody is there, at first or each time", "25ms");
    private static readonly WorkloadOption Present = WorkloadOption.Time("present", "How long somebody is there each time", "5ms");

    private static ImmutableArray<WorkloadOption> All => [.. Framing.Options, Bursts, Pause, Peer, Absent, Present];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new BurstsRun(world);

    private sealed class BurstsRun : ProgramRun
    {
        /// <summary>Period at which a port that isn't open yet is looked at again.</summary>
        private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1);

        private readonly int _bursts;
        private readonly TimeSpan _pause;
        private readonly int _metronome;

        public BurstsRun(World world)
            : base(world)
        {
            _bursts = Bursts.NumberOf(world.Plan);
            _pause = Pause.TimeOf(world.Plan);
            _metronome = PortsOf(world.Plan.Topology) - 1;
        }

        public override void Started()
        {
            for (var vm = 0; vm < World.Plan.Topology.Vms; vm++)
                BeginPeer(vm);
        }

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
                return;
            var platform = await GuestPlatform.Boot(cpu, Driver);
            if (await platform.FindPort(MachineNames.Port(vm, 0, 0)) is not { } port
                || await platform.FindPort(MachineNames.Port(vm, 0, _metronome)) is not { } metronome)
            {
                World.Mark("guest.no-port");
                return;
            }

            const int TickBuffers = 4;
            var ticks = new ReceivePump(platform, metronome, BytePattern.InputOf(vm, 0, _metronome), TickBuffers, 1);
            await metronome.Open(0, 0);
            await port.Open(0, 0);

            // What a port that buffers has not given to its backend yet comes back at once: the guest goes on, absent peer or not.
            var output = new SendPump(platform, port, BytePattern.OutputOf(vm, 0, 0), Framing.Of(World.Plan), RandomOf(vm, 0)) { WaitsForLast = false };
            for (var burst = 0; burst < _bursts; burst++)
            {
                if (!await PortPump.Run(platform, ticks.Add(1)))
                    World.Mark("guest.port-gone");
                if (World.Backends.Find(vm, 0, 0) is { IsConnected: false })
                    World.Mark("peer.absent-with-output");
                var bytes = World.WorkloadBytes / _bursts;
                if (!await PortPump.Run(platform, output.Add(burst == _bursts - 1 ? World.WorkloadBytes - output.Position : bytes)))
                    World.Mark("guest.port-gone");
            }

            await PortPump.Run(platform, ticks.Add(1));
            await port.Flush();
            await platform.PowerOff();
        }

        /// <summary>Bursts begin when the port is open; the peer is there from the beginning, later, or on and off. It is there at the end.</summary>
        private void BeginPeer(int vm)
        {
            World.At(World.Now + Patience, () =>
            {
                if (World.Backends.Find(vm, 0, 0) is null)
                {
                    if (!World.AllEnded)
                        BeginPeer(vm);
                    return;
                }

                var peer = Peer.WordOf(World.Plan);
                var end = _pause * (_bursts + 1);
                if (peer == "late")
                    end = Max(end, LeaveAndReturn(vm, TimeSpan.Zero));
                if (peer == "comesAndGoes")
                {
                    var step = Absent.TimeOf(World.Plan) + Present.TimeOf(World.Plan) + TimeSpan.FromTicks(1);
                    for (var at = Present.TimeOf(World.Plan); at < _pause * _bursts; at += step)
                        end = Max(end, LeaveAndReturn(vm, at));
                }

                Tick(vm, 0, end + _pause);
            });
        }

        private TimeSpan LeaveAndReturn(int vm, TimeSpan after)
        {
            var back = after + Absent.TimeOf(World.Plan);
            World.At(World.Now + after, () => World.Backends.Find(vm, 0, 0)?.Disconnect());
            World.At(World.Now + back, () => World.Backends.Find(vm, 0, 0)?.Connect());
            return back;
        }

        private void Tick(int vm, int burst, TimeSpan end)
        {
            Span<byte> tick = stackalloc byte[1];
            BytePattern.Fill(tick, BytePattern.InputOf(vm, 0, _metronome), burst);
            World.Backends.Find(vm, 0, _metronome)?.Feed(tick);
            if (burst == _bursts)
                return;
            var next = burst == _bursts - 1 ? end - (_pause * burst) : _pause;
            World.At(World.Now + next, () => Tick(vm, burst + 1, end));
        }

        private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }
}
