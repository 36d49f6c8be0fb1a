using YamlDotNet.RepresentationModel;

namespace Actors.Cli.Tests;

public sealed class ComposeTests
{
    private static readonly YamlMappingNode Compose = DeployFolder.Yaml("compose.yaml");
    private static readonly YamlMappingNode Services = (YamlMappingNode)Compose["services"];

    [Fact]
    public void Nodes_are_started_with_options_that_a_node_has_and_that_it_accepts()
    {
        foreach (var name in new[] { "node-1", "node-2", "node-3" })
        {
            var service = Services[name];
            Assert.Equal(["node"], service.Texts("command"));
            var environment = ((YamlMappingNode)service["environment"]).Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!);
            Assert.All(environment.Keys, variable => Assert.Contains(variable[NodeEnvironment.Prefix.Length..], NodeEnvironment.Names));

            Assert.True(NodeParser.Parse(NodeEnvironment.Read(environment.GetValueOrDefault)).TryGet(out var node, out var mistake), mistake?.Sentence);
            Assert.Equal(name, node.Host);
            Assert.Equal(["node-1:4053", "node-2:4053", "node-3:4053"], (IEnumerable<string>)node.Join);
            Assert.Equal("0.0.0.0", node.Bind);
            Assert.Equal([$"{node.Port}", $"{node.Http}"], service.Texts("expose"));
        }
    }

    [Fact]
    public void The_receiver_is_started_with_options_that_it_has()
    {
        var parsed = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Parse(Services["receiver"].Texts("command"));

        Assert.Empty(parsed.Errors);
    }

    [Fact]
    public void What_is_mounted_and_named_is_there()
    {
        var networks = ((YamlMappingNode)Compose["networks"]).Children.Keys.Select(key => ((YamlScalarNode)key).Value);
        var volumes = ((YamlMappingNode)Compose["volumes"]).Children.Keys.Select(key => ((YamlScalarNode)key).Value).ToList();
        foreach (var (_, service) in Services)
        {
            Assert.All(service.Texts("networks"), network => Assert.Contains(network, networks));
            if (!((YamlMappingNode)service).Children.ContainsKey("volumes"))
                continue;
            foreach (var source in service.Texts("volumes").Select(volume => volume.Split(':')[0]))
                Assert.True(volumes.Contains(source) || Directory.Exists(Path.Combine(DeployFolder.Path, source)), source);
        }
    }

    [Fact]
    public void Prometheus_asks_every_node_where_it_answers()
    {
        var job = Assert.Single((YamlSequenceNode)DeployFolder.Yaml("prometheus/prometheus.yaml")["scrape_configs"]);
        var targets = Assert.Single((YamlSequenceNode)job["static_configs"]).Texts("targets");

        Assert.Equal(["node-1:9100", "node-2:9100", "node-3:9100"], targets);
        Assert.Equal("/metrics", job.Text("metrics_path"));
    }

    [Fact]
    public void Grafana_finds_its_dashboard_where_compose_puts_it()
    {
        var mounted = Services["grafana"].Texts("volumes").Select(volume => volume.Split(':')).ToDictionary(parts => parts[0], parts => parts[1]);
        var provider = Assert.Single((YamlSequenceNode)DeployFolder.Yaml("grafana/provisioning/dashboards/actors.yaml")["providers"]);

        Assert.Equal(mounted["./grafana/dashboards"], provider["options"].Text("path"));
        Assert.Equal("/etc/grafana/provisioning", mounted["./grafana/provisioning"]);
    }

    [Fact]
    public void The_image_runs_a_node_as_nobody_in_particular()
    {
        var lines = DeployFolder.Read("Containerfile").Split('\n');

        Assert.Contains("CMD [\"node\"]", lines);

        // Behind USER, so that the folder is that user's.
        Assert.InRange(Array.IndexOf(lines, "USER 10001:10001"), 0, Array.IndexOf(lines, "WORKDIR /work"));
        Assert.Contains($"EXPOSE {NodeParser.DefaultPort} {NodeParser.DefaultHttp}", lines);
    }
}
