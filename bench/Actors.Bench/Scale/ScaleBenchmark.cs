using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Actors.Cli;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>
/// Many VMs in one process: <c>scale [--json] [--quick]</c>. The cost of an exit by the number of VMs, the memory of 100,000 idle ones, the start of 10,000, and what an
/// exit waits when 10,000 write lines to their consoles at once.
/// </summary>
internal sealed class ScaleBenchmark(bool quick)
{
    private const string ExitsGuest = "gated-exits";

    /// <summary>VMs that run while the others idle.</summary>
    private const int Few = 100;

    private readonly int _many = quick ? 1_000 : 10_000;
    private readonly int _most = quick ? 10_000 : 100_000;

    public ScaleFigures Run()
    {
        Warm();
        var lines = Lines();
        var curve = ImmutableArray.CreateBuilder<ExitCost>();
        for (var vms = 10; vms < _most; vms *= 10)
            curve.Add(Exits(vms).Cost);
        var (most, idle) = Exits(_most);
        curve.Add(most);
        return new ScaleFigures(lines.Vms, lines.StartSeconds, lines.LinesPerSecond, lines.Latency, lines.SaturatedLinesPerSecond, lines.SaturatedLatency, _most, idle.ResidentBytes, idle.TouchedBytes, curve.DrainToImmutable());
    }

    private static void Warm()
    {
        using var gate = new BenchGate(200);
        using var node = Node.Start(new BenchGuests(gate));
        Launch(node, ExitsGuest, 200);
        gate.AwaitBooted();
        gate.Run(node, 20_000);
    }

    private LineFigures Lines()
    {
        using var gate = new BenchGate(_many);
        using var node = Node.Start(new BenchGuests(gate));
        var start = CpuSpan.Of(() =>
        {
            Launch(node, "gated-lines", _many);
            gate.AwaitBooted();
        });
        const int lines = 50;

        // A line each, all at once, again and again; then as many without a pause: the most that two cores can do, so a VM waits for its turn.
        var rounds = CpuSpan.Of(() =>
        {
            for (var round = 0; round < lines; round++)
                gate.Run(node, 1);
        });
        var inRounds = Latency.Of(gate.Latencies);
        Array.Clear(gate.Latencies);
        var flood = CpuSpan.Of(() => gate.Run(node, lines));
        return new LineFigures(_many, start.WallSeconds, (double)_many * lines / rounds.WallSeconds, inRounds, (double)_many * lines / flood.WallSeconds, Latency.Of(gate.Latencies));
    }

    private (ExitCost Cost, IdleFigures Idle) Exits(int vms)
    {
        using var gate = new BenchGate(vms);
        Collect();
        var before = ResidentBytes();
        using var node = Node.Start(new BenchGuests(gate));
        Launch(node, ExitsGuest, vms);
        gate.AwaitBooted();
        Collect();
        var resident = ResidentBytes() - before;
        var touched = 0L;
        for (var vm = 1; vm <= vms; vm++)
            touched += ((Actors.Guest.GuestRam)node.Services.Memory.Find(new VmId(vm))!).TouchedBytes;

        var busy = CostOf(gate, node, vms);
        return (new ExitCost(vms, busy.CpuNsPerExit, busy.CpuUsPerWake, busy.ExitsPerSecond, CostOfFew(gate, node, vms)), new IdleFigures(resident, touched));
    }

    /// <summary>What an exit costs while all run, and what it costs to wake an idle VM for its first. As many exits whatever the number of VMs, but for one a turn's worth.</summary>
    private static BusyCost CostOf(BenchGate gate, Node node, int vms)
    {
        var each = Math.Max(4_000_000 / vms, 1_000);
        gate.Run(node, each / 4);
        List<double> wakes = [];
        List<double> costs = [];
        List<double> rates = [];
        for (var round = 0; round < 3; round++)
        {
            var wake = CpuSpan.Of(() => gate.Run(node, 1));
            var span = CpuSpan.Of(() => gate.Run(node, each));
            wakes.Add(wake.CpuSeconds * 1e6 / vms);
            costs.Add((span.CpuSeconds - wake.CpuSeconds) * 1e9 / ((double)vms * (each - 1)));
            rates.Add((double)vms * each / span.WallSeconds);
        }

        return new BusyCost(Median(costs), Median(wakes), Median(rates));
    }

    /// <summary>What an exit costs while at most a hundred of them run and the others idle: what there is besides costs nothing.</summary>
    private static double CostOfFew(BenchGate gate, Node node, int vms)
    {
        const int exits = 4_000_000;
        var few = Math.Min(vms, Few);
        gate.Run(node.System, exits / few / 4, few);
        List<double> costs = [];
        for (var round = 0; round < 3; round++)
            costs.Add(CpuSpan.Of(() => gate.Run(node.System, exits / few, few)).CpuSeconds * 1e9 / exits);
        return Median(costs);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Launch(Node node, string guest, int vms)
    {
        for (var vm = 1; vm <= vms; vm++)
        {
            var console = new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("console", true, BackendKind.Memory)]);
            node.DeviceModel.Tell(new MachineHop.LaunchVm(new VmSpec(new VmId(vm), 1, 256UL << 20, new GuestSpec(guest, []), [console])), ActorRefs.NoSender);
        }
    }

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private sealed record LineFigures(int Vms, double StartSeconds, double LinesPerSecond, Latency Latency, double SaturatedLinesPerSecond, Latency SaturatedLatency);

    private sealed record BusyCost(double CpuNsPerExit, double CpuUsPerWake, double ExitsPerSecond);

    private sealed record IdleFigures(long ResidentBytes, long TouchedBytes);
}

/// <summary>
/// What an exit costs with so many VMs that all exit as fast as they can: CPU nanoseconds, and exits a second; CPU microseconds to wake an idle one by an interrupt, for
/// one exit, until it idles again; and CPU nanoseconds of an exit while a hundred of them run.
/// </summary>
internal sealed record ExitCost(int Vms, double CpuNsPerExit, double CpuUsPerWake, double ExitsPerSecond, double CpuNsPerExitOf100);

/// <summary>Percentiles of a latency in milliseconds.</summary>
internal sealed record Latency(double P50, double P99, double P999)
{
    public static Latency Of(long[] counts) => new(Milliseconds(counts, 0.5), Milliseconds(counts, 0.99), Milliseconds(counts, 0.999));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {P50:N3}, p99 {P99:N2}, p99.9 {P999:N1}");

    private static double Milliseconds(long[] counts, double share) => LatencyBuckets.Percentile(counts, share) / 1e6;
}

/// <summary>What <c>scale --json</c> prints. Latency in milliseconds, start in seconds, sizes in bytes; resident is the process's growth, of which touched is guest RAM.</summary>
internal sealed record ScaleFigures(
    int ConsoleVms,
    double StartSeconds,
    double LinesPerSecond,
    Latency ExitLatencyMs,
    double SaturatedLinesPerSecond,
    Latency SaturatedExitLatencyMs,
    int IdleVms,
    long IdleResidentBytes,
    long IdleTouchedBytes,
    ImmutableArray<ExitCost> CostByVms)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"start of {ConsoleVms:N0} VMs, s          {StartSeconds,14:N1}");
        text.AppendLine(CultureInfo.InvariantCulture, $"their lines a second, in turn    {LinesPerSecond,14:N0}   ms of a kick: {ExitLatencyMs}");
        text.AppendLine(CultureInfo.InvariantCulture, $"without a pause                 {SaturatedLinesPerSecond,14:N0}   ms of a kick: {SaturatedExitLatencyMs}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{IdleVms:N0} idle VMs, MiB         {(IdleResidentBytes - IdleTouchedBytes) / 1048576.0,14:N0}   beside {IdleTouchedBytes / 1048576.0:N0} MiB of RAM that guests touched");
        foreach (var cost in CostByVms)
            text.AppendLine(CultureInfo.InvariantCulture, $"exit with {cost.Vms,9:N0} VMs, CPU ns {cost.CpuNsPerExit,14:N0}   {cost.ExitsPerSecond:N0} a second; while 100 of them run {cost.CpuNsPerExitOf100:N0}; to wake one, us {cost.CpuUsPerWake:N1}");
        return text.ToString().TrimEnd();
    }
}
