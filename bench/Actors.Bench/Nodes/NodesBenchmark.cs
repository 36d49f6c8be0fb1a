using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Actors.Cli;
using Actors.Protocol;

namespace Actors.Bench;

/// <summary>
/// The same VMs on one node, on two, on three, on four: <c>nodes [--json] [--quick]</c>. Each node is a process of its own; its VMs do nothing but exit. What is counted is the CPU time of the
/// nodes, so it doesn't matter that they share the cores; and only once their code is compiled, for which each process needs its time on a core.
/// </summary>
internal sealed class NodesBenchmark(bool quick)
{
    private const int Vms = 120;

    private static readonly ScalePlan _plan = new() { Name = "exits", Guest = ScaleGuest.Exits, Backend = ScaleBackend.Memory };

    private readonly int _mostNodes = quick ? 2 : 4;
    private readonly TimeSpan _warming = TimeSpan.FromSeconds(quick ? 5 : 20);
    private readonly TimeSpan _measured = TimeSpan.FromSeconds(quick ? 3 : 10);

    public NodesFigures Run() => new(Vms, [.. Enumerable.Range(1, _mostNodes).Select(count => CostAsync(count).GetAwaiter().GetResult())]);

    private async Task<NodeCost> CostAsync(int count)
    {
        using var keeper = new ProcessKeeper();
        await using var nodes = new LocalNodes(count, hocon: null, expectsLoss: false, keeper, static _ => { });
        await nodes.StartAsync(CancellationToken.None);
        await LoadAsync(nodes, keeper, count * _warming);
        var result = await LoadAsync(nodes, keeper, _measured);
        return new NodeCost(count, result.CpuNsPerExit, result.ExitsPerSecond);
    }

    private static async Task<ScaleResult> LoadAsync(LocalNodes nodes, ProcessKeeper keeper, TimeSpan duration)
    {
        using var folder = ScaleCommand.FolderOf(_plan, keeper);
        using var run = new ScaleRun(new ScaleRequest(_plan, Vms, VmPlacement.Colocated, duration, Ramp: 0, "127.0.0.1", ExpectsLoss: false), nodes, folder, static _ => { }, static _ => { });
        var result = await run.RunAsync(CancellationToken.None);
        return result.IsGood ? result : throw new InvalidOperationException(string.Join("; ", result.Problems));
    }
}

/// <summary>What an exit costs on so many nodes: CPU nanoseconds of all of them, and exits a second of all of them.</summary>
internal sealed record NodeCost(int Nodes, double CpuNsPerExit, double ExitsPerSecond);

/// <summary>What <c>nodes --json</c> prints.</summary>
internal sealed record NodesFigures(int Vms, ImmutableArray<NodeCost> CostByNodes)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var cost in CostByNodes)
            text.AppendLine(CultureInfo.InvariantCulture, $"exit of {Vms} VMs on {cost.Nodes} {(cost.Nodes == 1 ? "node " : "nodes")}, CPU ns {cost.CpuNsPerExit,14:N0}   {cost.ExitsPerSecond:N0} a second");
        return text.ToString().TrimEnd();
    }
}
