using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Actors.Protocol;

namespace Actors.Cli.Tests;

/// <summary>Three real nodes on this machine, from start to teardown.</summary>
public sealed partial class LocalClusterTests
{
    [SkippableFact]
    public async Task Three_nodes_come_up_are_healthy_export_what_the_dashboard_shows_and_leave_nothing_behind()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bash script");
        using var cluster = LocalCluster.Start("bash", "-c", "cat; echo nodes=$ACTORS_NODES; exit 7");
        Assert.True(cluster.Nodes.Count == 3, cluster.Errors);

        using var http = new HttpClient();
        var metrics = "";
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{node.Http}/health/live")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{node.Http}/health/ready")).StatusCode);
            metrics = await http.GetStringAsync($"{node.Http}/metrics");
        }

        // A hop has no buckets before its first step; that it is a histogram is said all the same.
        var exported = MetricName().Matches(metrics).Select(match => match.Value)
            .Concat(Histogram().Matches(metrics).Select(match => $"{match.Groups[1].Value}_bucket")).ToHashSet();
        Assert.All(MetricsOf(DeployFolder.Read("grafana/dashboards/path.json")), name => Assert.Contains(name, exported));
        Assert.All(MetricsOf(DeployFolder.Read("prometheus/alerts.yaml")), name => Assert.Contains(name, exported));

        cluster.EndInput();
        var (status, output) = cluster.End();
        Assert.Equal(7, status);
        Assert.Equal($"nodes={string.Join(',', cluster.Nodes.Select(node => node.Address))}\n", output);
        Assert.Empty(cluster.Leftovers);
        Assert.All(cluster.Nodes, node => Assert.False(Directory.Exists($"/proc/{node.Process}"), $"process {node.Process} is left"));
    }

    [SkippableFact]
    public void A_signal_ends_the_script_and_its_nodes()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bash script");
        using var cluster = LocalCluster.Start();
        Assert.True(cluster.Nodes.Count == 3, cluster.Errors);

        cluster.Signal("TERM");

        Assert.Equal(143, cluster.End().Status);
        Assert.Empty(cluster.Leftovers);
        Assert.All(cluster.Nodes, node => Assert.False(Directory.Exists($"/proc/{node.Process}"), $"process {node.Process} is left"));
    }

    [SkippableFact]
    public void A_node_that_stands_still_is_killed_and_nothing_of_it_stays()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bash script");
        using var cluster = LocalCluster.Start();
        Assert.True(cluster.Nodes.Count == 3, cluster.Errors);

        using (var stop = System.Diagnostics.Process.Start("kill", ["-STOP", $"{cluster.Nodes[1].Process}"]))
            stop.WaitForExit();
        cluster.Signal("TERM");

        Assert.Equal(143, cluster.End().Status);
        Assert.Empty(cluster.Leftovers);
        Assert.False(Directory.Exists($"/proc/{cluster.Nodes[1].Process}"), "the process is left");
    }

    [SkippableFact]
    public void A_script_that_is_killed_leaves_no_node_not_even_a_stopped_one_and_no_file()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a bash script");
        using var cluster = LocalCluster.Start();
        Assert.True(cluster.Nodes.Count == 3, cluster.Errors);
        var nodes = cluster.Nodes.ConvertAll(node => System.Diagnostics.Process.GetProcessById(node.Process));
        ProcessTree.Signal(cluster.Nodes[1].Process, ProcessTree.Stop);

        cluster.Signal("KILL");

        Assert.Equal(137, cluster.End().Status);
        Assert.All(nodes, node => Assert.True(node.WaitForExit(TimeSpan.FromMinutes(10)), $"process {node.Id} is still there"));
        Assert.Empty(cluster.Leftovers);
        nodes.ForEach(static node => node.Dispose());
    }

    [Fact]
    public void The_dashboard_shows_every_hop_of_the_path_and_no_other()
    {
        var dashboard = DeployFolder.Read("grafana/dashboards/path.json");
        using var parsed = JsonDocument.Parse(dashboard);
        var shown = HopList().Matches(dashboard).SelectMany(match => match.Groups[1].Value.Split('|')).ToHashSet();

        // Registration happens once a machine: a rate of it says nothing.
        Assert.Equal(Enum.GetNames<PathHop>().Except([nameof(PathHop.ClientCreate), nameof(PathHop.IoRangeAdd)]).Order(), shown.Order());
        var ids = parsed.RootElement.GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()).ToList();
        Assert.Equal(ids.Distinct().Count(), ids.Count);
    }

    private static IEnumerable<string> MetricsOf(string text) => MetricName().Matches(text).Select(match => match.Value).Distinct();

    [GeneratedRegex(@"\bactors_[a-z_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"# TYPE (actors_[a-z_]+) histogram")]
    private static partial Regex Histogram();

    [GeneratedRegex(@"hop=~\\""([A-Za-z|]+)\\""")]
    private static partial Regex HopList();
}
