using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Actors.Cli;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>
/// The figures of docs/specification.md in one run: <c>path [--json] [--quick]</c>. Ours and the bare chain run alternately, on the same dispatcher, so that a
/// noisy machine treats both alike; each figure is the median of its rounds.
/// </summary>
internal sealed class PathBenchmark(bool quick)
{
    private const int Vms = 100;

    private readonly int _rounds = quick ? 3 : 7;

    public PathFigures Run()
    {
        var (exits, bare, metered, unwatched) = Exits();
        var idle = IdleVms();
        return new PathFigures(
            ExitsPerSecond: Median(exits.Select(e => e.PerSecond)),
            CpuNsPerExit: Median(exits.Select(e => e.CpuNs)),
            BareCpuNsPerExit: Median(bare.Select(e => e.CpuNs)),
            Ratio: Median(exits.Zip(bare, (ours, floor) => ours.CpuNs / floor.CpuNs)),
            MeteredRatio: Median(metered.Zip(exits, (counted, plain) => counted.CpuNs / plain.CpuNs)),
            UnwatchedSpansRatio: Median(unwatched.Zip(exits, (spans, plain) => spans.CpuNs / plain.CpuNs)),
            BareExitsPerSecond: Median(bare.Select(e => e.PerSecond)),
            ExitLatencyP50Us: Latency(),
            ConsoleBytesPerSecond: Console(64 * 1024, quick ? 1L << 29 : 1L << 31).BytesPerSecond,
            Console4KiBPerSecond: Console(4096, quick ? 1L << 28 : 1L << 30).ChainsPerSecond,
            BytesPerIdleVm: idle.BytesPerVm,
            TouchedRamBytesPerIdleVm: idle.TouchedPerVm,
            VmStartsPerSecond: idle.StartsPerCpuSecond);
    }

    private (List<Rate> Ours, List<Rate> Bare, List<Rate> Metered, List<Rate> Unwatched) Exits()
    {
        var count = quick ? 10_000 : 40_000;
        using var gate = new BenchGate(Vms);
        using var node = Start(gate);
        Launch(node, "gated-exits", Vms);
        gate.AwaitBooted();
        using var chain = new BareChain<TellHop>(node.System, Vms);
        gate.Run(node, count / 2);
        chain.Run(count / 2);

        // As a node of a cluster counts: every hop, and the latency of each exit.
        using var meteredGate = new BenchGate(Vms);
        using var meteredNode = Node.Start(new BenchGuests(meteredGate), new Actors.Cluster.PathMeter(TimeProvider.System));
        Launch(meteredNode, "gated-exits", Vms);
        meteredGate.AwaitBooted();
        meteredGate.Run(meteredNode, count / 2);

        // Spans that nobody listens to; without --otlp there aren't even these, and the path is that of the first figure.
        using var spans = new Actors.Cluster.PathSpans(TimeProvider.System);
        using var unwatchedGate = new BenchGate(Vms);
        using var unwatchedNode = Node.Start(new BenchGuests(unwatchedGate), spans);
        Launch(unwatchedNode, "gated-exits", Vms);
        unwatchedGate.AwaitBooted();
        unwatchedGate.Run(unwatchedNode, count / 2);

        List<Rate> ours = [];
        List<Rate> bare = [];
        List<Rate> metered = [];
        List<Rate> unwatched = [];
        for (var round = 0; round < _rounds; round++)
        {
            ours.Add(Rate.Of(CpuSpan.Of(() => gate.Run(node, count)), (long)Vms * count));
            bare.Add(Rate.Of(CpuSpan.Of(() => chain.Run(count)), (long)Vms * count));
            metered.Add(Rate.Of(CpuSpan.Of(() => meteredGate.Run(meteredNode, count)), (long)Vms * count));
            unwatched.Add(Rate.Of(CpuSpan.Of(() => unwatchedGate.Run(unwatchedNode, count)), (long)Vms * count));
        }

        return (ours, bare, metered, unwatched);
    }

    private double Latency()
    {
        using var gate = new BenchGate(1);
        using var node = Start(gate);
        Launch(node, "gated-latency", 1);
        gate.AwaitBooted();
        List<double> medians = [];
        for (var round = 0; round < _rounds; round++)
        {
            gate.Ticks = new long[quick ? 50_000 : 200_000];
            gate.Run(node, 0);
            Array.Sort(gate.Ticks);
            medians.Add(gate.Ticks[gate.Ticks.Length / 2] * 1e6 / Stopwatch.Frequency);
        }

        return Median(medians);
    }

    private ConsoleRate Console(int chain, long bytes)
    {
        List<double> seconds = [];
        var folder = Directory.CreateTempSubdirectory("actors-bench-");
        try
        {
            for (var round = 0; round < 3; round++)
            {
                var path = Path.Combine(folder.FullName, $"out-{round}");
                using var gate = new BenchGate(1);
                using var node = Start(gate);
                var spec = Machine(1, new GuestSpec("flood", ["out", bytes.ToString(CultureInfo.InvariantCulture), chain.ToString(CultureInfo.InvariantCulture)]), new ConsolePortSpec("out", false, BackendKind.File, path));
                var session = MachineSession.Launch(node, spec);
                session.Started.Wait();
                var begin = Stopwatch.GetTimestamp();
                session.Ended.Wait();
                seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
                var length = new FileInfo(path).Length;
                if (length != bytes)
                {
                    throw new InvalidOperationException($"{length} of {bytes} bytes arrived");
                }

                File.Delete(path);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        var median = Median(seconds);
        return new ConsoleRate(bytes / median, bytes / chain / median);
    }

    private IdleFigures IdleVms()
    {
        var vms = quick ? 1000 : 4000;
        using (var warm = new BenchGate(200))
        using (var node = Start(warm))
        {
            Launch(node, "gated-idle", 200);
            warm.AwaitBooted();
        }

        using var gate = new BenchGate(vms);
        using var measured = Start(gate);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var span = CpuSpan.Of(() =>
        {
            Launch(measured, "gated-idle", vms);
            gate.AwaitBooted();
        });
        Thread.Sleep(1000);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        var touched = 0L;
        for (var vm = 1; vm <= vms; vm++)
        {
            touched += ((Actors.Guest.GuestRam)measured.Services.Memory.Find(new VmId(vm))!).TouchedBytes;
        }

        return new IdleFigures((after - before - touched) / vms, touched / vms, vms / span.CpuSeconds);
    }

    private static Node Start(BenchGate gate) => Node.Start(new BenchGuests(gate));

    private static void Launch(Node node, string guest, int vms)
    {
        for (var vm = 1; vm <= vms; vm++)
        {
            node.DeviceModel.Tell(new MachineHop.LaunchVm(Machine(vm, new GuestSpec(guest, []), new ConsolePortSpec("console", true, BackendKind.Memory))), ActorRefs.NoSender);
        }
    }

    private static VmSpec Machine(int vm, GuestSpec guest, ConsolePortSpec port) =>
        new(new VmId(vm), 1, 256UL << 20, guest, [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [port])]);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToImmutableArray();
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Rate(double PerSecond, double CpuNs)
    {
        public static Rate Of(CpuSpan span, long count) => new(count / span.WallSeconds, span.CpuSeconds * 1e9 / count);
    }

    private readonly record struct ConsoleRate(double BytesPerSecond, double ChainsPerSecond);

    private readonly record struct IdleFigures(double BytesPerVm, double TouchedPerVm, double StartsPerCpuSecond);
}

/// <summary>What <c>path --json</c> prints. Latency in microseconds, sizes in bytes, CPU in nanoseconds; starts are per CPU second, so per core and second.</summary>
internal sealed record PathFigures(
    double ExitsPerSecond,
    double CpuNsPerExit,
    double BareCpuNsPerExit,
    double Ratio,
    double MeteredRatio,
    double UnwatchedSpansRatio,
    double BareExitsPerSecond,
    double ExitLatencyP50Us,
    double ConsoleBytesPerSecond,
    double Console4KiBPerSecond,
    double BytesPerIdleVm,
    double TouchedRamBytesPerIdleVm,
    double VmStartsPerSecond)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"""
        exits a second, {100} VMs          {ExitsPerSecond,16:N0}   bare actors {BareExitsPerSecond:N0}
        CPU ns an exit                  {CpuNsPerExit,16:N0}   bare actors {BareCpuNsPerExit:N0}, ratio {Ratio:N2}; with a node's metrics {MeteredRatio:N2} times as much, with spans that nobody listens to {UnwatchedSpansRatio:N2}
        latency of an exit, p50, us     {ExitLatencyP50Us,16:N2}
        console bytes a second, 64 KiB  {ConsoleBytesPerSecond,16:N0}
        console chains a second, 4 KiB  {Console4KiBPerSecond,16:N0}
        bytes an idle VM beside RAM     {BytesPerIdleVm,16:N0}   RAM touched {TouchedRamBytesPerIdleVm:N0}
        VM starts a second and core     {VmStartsPerSecond,16:N0}
        """);
}
