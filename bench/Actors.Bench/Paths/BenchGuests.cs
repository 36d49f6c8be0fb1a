using System.Diagnostics;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Bench;

/// <summary>The guests in the box and four of the benchmark's own, which share plain objects with it: what a real guest can't, and a stopwatch must.</summary>
internal sealed class BenchGuests(BenchGate gate) : IGuestCatalog
{
    private const ulong EndOfInterrupt = 0xB0;

    private readonly GuestCatalog _box = new();

    public string? Validate(GuestSpec guest) => IsOurs(guest) ? null : _box.Validate(guest);

    public GuestProgram Create(GuestSpec guest) => guest.Name switch
    {
        "gated-exits" => new GatedExits(gate),
        "gated-latency" => new GatedLatency(gate),
        "gated-idle" => new GatedIdle(gate),
        "gated-lines" => new GatedLines(gate),
        _ => _box.Create(guest),
    };

    private static bool IsOurs(GuestSpec guest) => guest.Name.StartsWith("gated-", StringComparison.Ordinal);

    /// <summary>What a guest does before it waits at the gate: one console, brought up as the idle guest does.</summary>
    private static async GuestTask<QueueDoorbell> Boot(GuestCpu cpu) => (await FindConsole(cpu)).TransmitQueue.Doorbell;

    private static async GuestTask<GuestConsolePort> FindConsole(GuestCpu cpu)
    {
        var platform = await GuestPlatform.Boot(cpu, new DriverOptions { FirstConsoleOnly = true, QueueSize = 8, MaxPorts = 1, ControlBuffers = 4, ReceiveBuffers = 1, ReceiveBufferSize = 256, IndirectDescriptors = false });
        return await platform.FindConsole() ?? throw new InvalidOperationException("the benchmark's machine has no console");
    }

    private static async GuestTask WaitForGate(GuestCpu cpu)
    {
        byte vector;
        do
        {
            vector = await cpu.WaitForInterrupt();
            await cpu.Store(PlatformSpec.LocalApicBase + EndOfInterrupt, 4, 0);
        }
        while (vector != BenchGate.Vector);
    }

    private sealed class GatedExits(BenchGate gate) : GuestProgram
    {
        public override async GuestTask Run(GuestCpu cpu)
        {
            var doorbell = await Boot(cpu);
            gate.Booted();
            while (true)
            {
                await WaitForGate(cpu);
                for (var i = gate.Exits; i > 0; i--)
                {
                    await doorbell.Ring(cpu);
                }

                gate.Finished();
            }
        }
    }

    private sealed class GatedLatency(BenchGate gate) : GuestProgram
    {
        public override async GuestTask Run(GuestCpu cpu)
        {
            var doorbell = await Boot(cpu);
            gate.Booted();
            while (true)
            {
                await WaitForGate(cpu);
                var ticks = gate.Ticks!;
                for (var i = 0; i < ticks.Length; i++)
                {
                    var begin = Stopwatch.GetTimestamp();
                    await doorbell.Ring(cpu);
                    ticks[i] = Stopwatch.GetTimestamp() - begin;
                }

                gate.Finished();
            }
        }
    }

    private sealed class GatedIdle(BenchGate gate) : GuestProgram
    {
        public override async GuestTask Run(GuestCpu cpu)
        {
            await Boot(cpu);
            gate.Booted();
            await WaitForGate(cpu);
        }
    }

    /// <summary>Writes lines to its console, one after the other: kick, then sleep until the line's buffer comes back by interrupt.</summary>
    private sealed class GatedLines(BenchGate gate) : GuestProgram
    {
        private const uint LineBytes = 64;

        public override async GuestTask Run(GuestCpu cpu)
        {
            var port = await FindConsole(cpu);
            var line = port.Driver.Heap.Allocate((int)LineBytes);
            var queue = port.TransmitQueue;
            gate.Booted();
            while (true)
            {
                await WaitForGate(cpu);
                for (var i = gate.Exits; i > 0; i--)
                {
                    queue.TryAdd(line, LineBytes, false, 0);
                    if (queue.Publish())
                    {
                        var begin = Stopwatch.GetTimestamp();
                        await queue.Kick(cpu);
                        Interlocked.Increment(ref gate.Latencies[LatencyBuckets.Of(Stopwatch.GetElapsedTime(begin).Ticks * 100)]);
                    }

                    while (!queue.TryTakeUsed(out _, out _))
                    {
                        if (queue.EnableInterrupts())
                            await port.Driver.WaitForEvent();
                    }
                }

                gate.Finished();
            }
        }
    }
}
