using Actors.Cli;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>Lets guests that have booted run together, and tells when all are through.</summary>
internal sealed class BenchGate(int vms) : IDisposable
{
    /// <summary>The vector that opens the gate; no driver uses it.</summary>
    public const byte Vector = 0xEE;

    // No device has it: their sources begin with their place on the bus.
    private const ulong Source = ulong.MaxValue;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(15);

    private readonly CountdownEvent _booted = new(vms);
    private readonly CountdownEvent _finished = new(vms);
    private ulong _openings;

    /// <summary>Exits that each guest makes when the gate opens.</summary>
    public int Exits { get; set; }

    /// <summary>Where a guest notes the time of each exit.</summary>
    public long[]? Ticks { get; set; }

    /// <summary>Exits by latency (<see cref="LatencyBuckets"/>), of all guests together.</summary>
    public long[] Latencies { get; } = new long[LatencyBuckets.Count];

    public void Booted() => _booted.Signal();

    public void Finished() => _finished.Signal();

    public void AwaitBooted()
    {
        if (!_booted.Wait(_patience))
        {
            throw new TimeoutException($"{_booted.CurrentCount} of {vms} guests did not boot");
        }
    }

    /// <summary>Opens the gate for VMs 1 to n and waits until all are through.</summary>
    public void Run(Node node, int exits) => Run(node.System, exits);

    /// <summary>The same, where this system has the hypervisor.</summary>
    public void Run(ActorSystem guests, int exits) => Run(guests, exits, vms);

    /// <summary>Opens the gate for the first of them only; the others idle.</summary>
    public void Run(ActorSystem guests, int exits, int running)
    {
        Exits = exits;
        _finished.Reset(running);
        _openings++;
        for (var vm = 1; vm <= running; vm++)
        {
            var id = new VmId(vm);
            guests.ActorSelection($"/user/hypervisor/{id}").Tell(new InterruptHop.InjectMsi(id, 1, Source, _openings, PlatformSpec.MsiAddressBase, Vector));
        }

        if (!_finished.Wait(_patience))
        {
            throw new TimeoutException($"{_finished.CurrentCount} of {running} guests did not finish");
        }
    }

    public void Dispose()
    {
        _booted.Dispose();
        _finished.Dispose();
    }
}
