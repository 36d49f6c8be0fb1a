using System.Collections.Immutable;
using Actors.Guest;

namespace Actors.Simulation;

/// <summary>More input than the guest has buffers for, and a guest that is slow to give them back.</summary>
internal sealed class InputFloodWorkload()
    : Workload("input-flood", "The outside feeds all bytes at once; each guest has few small buffers and does other work before it gives one back.", All)
{
    private static readonly WorkloadOption Buffers = WorkloadOption.Number("buffers", "Receive buffers of the port", 2, 1, 64);
    private static readonly WorkloadOption BufferSize = WorkloadOption.Number("bufferSize", "Bytes of a receive buffer", 64, 1, 1 << 16);
    private static readonly WorkloadOption Work = WorkloadOption.Number("work", "Exits that the guest makes for each buffer it took", 4, 0, 1000);

    private static ImmutableArray<WorkloadOption> All => [Buffers, BufferSize, Work];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new FloodRun(world);

    private sealed class FloodRun(World world) : ProgramRun(world)
    {
        /// <summary>A port that nothing serves.</summary>
        private const ushort NobodysPort = 0x300;

        public override void Started()
        {
            for (var vm = 0; vm < World.Plan.Topology.Vms; vm++)
                Feeder.Begin(World, (vm, 0, 0), World.WorkloadBytes, (int)Math.Min(int.MaxValue, World.WorkloadBytes), TimeSpan.Zero);
        }

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
                return;
            var platform = await GuestPlatform.Boot(cpu, Driver);
            if (await platform.FindConsole() is not { } port)
                return;
            var size = BufferSize.NumberOf(World.Plan);
            var input = new ReceivePump(platform, port, BytePattern.InputOf(vm, 0, 0), Buffers.NumberOf(World.Plan), size);
            for (var left = World.WorkloadBytes; left > 0; left -= size)
            {
                if (!await PortPump.Run(platform, input.Add(Math.Min(size, left))))
                    break;
                if (World.Backends.Find(vm, 0, 0) is { Waiting: > 0 })
                    World.Mark("input.waits-outside");
                for (var work = Work.NumberOf(World.Plan); work > 0; work--)
                    await cpu.In(NobodysPort, 1);
            }

            if (input.WrongAt >= 0)
                Violate("I2", $"the guest got other bytes than were sent, from position {input.WrongAt} on");
            await platform.PowerOff();
        }
    }
}
