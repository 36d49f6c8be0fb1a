using k8s;
using k8s.Models;

namespace Actors.Cli.Tests;

/// <summary>The manifests say what Kubernetes understands, and fit together and to the program.</summary>
public sealed class KubernetesTests
{
    private static readonly Dictionary<string, Type> Kinds = new()
    {
        ["v1/Namespace"] = typeof(V1Namespace),
        ["v1/Service"] = typeof(V1Service),
        ["apps/v1/StatefulSet"] = typeof(V1StatefulSet),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
    };

    private static readonly List<IKubernetesObject<V1ObjectMeta>> Objects =
        [.. Directory.GetFiles(Path.Combine(DeployFolder.Path, "kubernetes"), "*.yaml").Order().SelectMany(Load)];

    private static readonly V1StatefulSet Nodes = Find<V1StatefulSet>("actors");
    private static readonly V1Container Node = Assert.Single(Nodes.Spec.Template.Spec.Containers);

    [Fact]
    public void Every_manifest_is_of_a_known_kind_and_has_no_unknown_field()
    {
        Assert.Equal(8, Objects.Count);
        Assert.All(Objects, item => Assert.Equal(item is V1Namespace ? null : "actors", item.Metadata.NamespaceProperty));
        Assert.Equal("actors", Find<V1Namespace>("actors").Metadata.Name);
    }

    [Fact]
    public void A_field_that_is_misspelt_would_be_noticed() =>
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { clusterip: None }\n", Kinds, strict: true));

    [Fact]
    public void Services_and_policies_select_pods_that_there_are()
    {
        var pods = Objects.OfType<V1StatefulSet>().Select(set => set.Spec.Template.Metadata.Labels).ToList();
        var selectors = Objects.OfType<V1Service>().Select(service => service.Spec.Selector)
            .Concat(Objects.OfType<V1PodDisruptionBudget>().Select(budget => budget.Spec.Selector.MatchLabels))
            .Concat(Objects.OfType<V1NetworkPolicy>().Select(policy => policy.Spec.PodSelector.MatchLabels))
            .Concat(Objects.OfType<V1StatefulSet>().Select(set => set.Spec.Selector.MatchLabels));

        Assert.All(selectors, selector => Assert.Contains(pods, pod => selector.All(label => pod.TryGetValue(label.Key, out var value) && value == label.Value)));
        Assert.Equal("1", Assert.Single(Objects.OfType<V1PodDisruptionBudget>()).Spec.MaxUnavailable.Value);
    }

    [Fact]
    public void Each_set_has_its_headless_service_with_ports_that_its_containers_have()
    {
        foreach (var set in Objects.OfType<V1StatefulSet>())
        {
            var service = Find<V1Service>(set.Spec.ServiceName);
            Assert.Equal("None", service.Spec.ClusterIP);
            var ports = Assert.Single(set.Spec.Template.Spec.Containers).Ports;
            Assert.All(service.Spec.Ports, port => Assert.Equal(port.Port, Assert.Single(ports, there => there.Name == port.TargetPort).ContainerPort));
            Assert.Equal(set.Spec.Selector.MatchLabels, service.Spec.Selector);
        }

        Assert.True(Find<V1Service>("actors-nodes").Spec.PublishNotReadyAddresses);
        Assert.Equal("Parallel", Nodes.Spec.PodManagementPolicy);
    }

    [Fact]
    public void Nodes_are_started_with_options_that_a_node_has_and_that_it_accepts()
    {
        Assert.Equal(["node"], Node.Args);
        var options = Node.Env.Where(variable => variable.Name.StartsWith(NodeEnvironment.Prefix, StringComparison.Ordinal)).ToDictionary(variable => variable.Name, variable => variable.Value);
        Assert.All(options.Keys, name => Assert.Contains(name[NodeEnvironment.Prefix.Length..], NodeEnvironment.Names));

        // A variable that another one names is defined before it.
        var host = Assert.Single(Node.Env, variable => variable.Name == "ACTORS_HOST");
        Assert.True(Node.Env.IndexOf(Node.Env.Single(variable => variable.Name == "POD_NAME")) < Node.Env.IndexOf(host));
        Assert.Contains("$(POD_NAME)", host.Value, StringComparison.Ordinal);

        var folder = Directory.CreateTempSubdirectory("ak");
        try
        {
            foreach (var file in new[] { Cluster.NodeCertificates.AuthorityFile, Cluster.NodeCertificates.CertificateFile, Cluster.NodeCertificates.KeyFile })
                File.WriteAllText(Path.Combine(folder.FullName, file), "");
            var arguments = NodeEnvironment.Read(name => name == "ACTORS_TLS" ? folder.FullName : options.GetValueOrDefault(name)?.Replace("$(POD_NAME)", "actors-1", StringComparison.Ordinal));
            Assert.True(NodeParser.Parse(arguments).TryGet(out var node, out var mistake), mistake?.Sentence);
            Assert.Equal(3, node.Join.Length);
            Assert.Contains($"{node.Host}:{node.Port}", node.Join);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Seed_nodes_are_the_pods_stable_names()
    {
        var joined = Node.Env.Single(variable => variable.Name == "ACTORS_JOIN").Value.Split(',');
        var expected = Enumerable.Range(0, Nodes.Spec.Replicas!.Value).Select(pod => $"actors-{pod}.{Nodes.Spec.ServiceName}.actors.svc.cluster.local:4053");

        Assert.Equal(expected, joined);
    }

    [Fact]
    public void Probes_ask_where_a_node_answers()
    {
        foreach (var (probe, path) in new[] { (Node.StartupProbe, "/health/ready"), (Node.LivenessProbe, "/health/live"), (Node.ReadinessProbe, "/health/ready") })
        {
            Assert.Equal(path, probe.HttpGet.Path);
            Assert.Equal("http", probe.HttpGet.Port);
        }

        var http = Assert.Single(Node.Ports, port => port.Name == "http").ContainerPort;
        Assert.Equal(Node.Env.Single(variable => variable.Name == "ACTORS_HTTP").Value, $"{http}");
        Assert.Equal($"{http}", Nodes.Spec.Template.Metadata.Annotations["prometheus.io/port"]);
        Assert.Equal(Node.Env.Single(variable => variable.Name == "ACTORS_PORT").Value, $"{Assert.Single(Node.Ports, port => port.Name == "nodes").ContainerPort}");
    }

    [Fact]
    public void A_pod_has_time_to_drain_runs_as_nobody_in_particular_and_has_limits()
    {
        foreach (var set in Objects.OfType<V1StatefulSet>())
        {
            var pod = set.Spec.Template.Spec;
            var container = Assert.Single(pod.Containers);
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.NotEqual(0, pod.SecurityContext.RunAsUser);
            Assert.False(pod.AutomountServiceAccountToken);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.True(container.Resources.Limits.ContainsKey("memory"));
            Assert.True(container.Resources.Requests.ContainsKey("cpu"));
            var volumes = pod.Volumes.Select(volume => volume.Name).Concat(set.Spec.VolumeClaimTemplates?.Select(claim => claim.Metadata.Name) ?? []).ToList();
            Assert.All(container.VolumeMounts, mount => Assert.Contains(mount.Name, volumes));
        }

        // The shards' hand-over has 90 s (the coordinated shutdown's longest phase), and preStop comes before.
        Assert.True(Nodes.Spec.Template.Spec.TerminationGracePeriodSeconds >= 90 + Node.Lifecycle.PreStop.Sleep.Seconds + 30);
    }

    [Fact]
    public void The_secret_s_mount_is_what_the_node_is_told_and_the_readme_makes_it()
    {
        var tls = Node.Env.Single(variable => variable.Name == "ACTORS_TLS").Value;
        var mount = Assert.Single(Node.VolumeMounts, mount => mount.MountPath == tls);
        var secret = Nodes.Spec.Template.Spec.Volumes.Single(volume => volume.Name == mount.Name).Secret.SecretName;
        var readme = DeployFolder.Read("README.md");

        Assert.Contains($"create secret generic {secret}", readme, StringComparison.Ordinal);
        foreach (var file in new[] { Cluster.NodeCertificates.AuthorityFile, Cluster.NodeCertificates.CertificateFile, Cluster.NodeCertificates.KeyFile })
            Assert.Contains($"/{file}", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Policies_name_ports_that_pods_have()
    {
        var ports = Objects.OfType<V1StatefulSet>().SelectMany(set => set.Spec.Template.Spec.Containers[0].Ports).Select(port => $"{port.ContainerPort}").Append("53").ToHashSet();
        var named = Objects.OfType<V1NetworkPolicy>().SelectMany(policy =>
            policy.Spec.Ingress.SelectMany(rule => rule.Ports ?? []).Concat((policy.Spec.Egress ?? []).SelectMany(rule => rule.Ports ?? []))).Select(port => port.Port.Value);

        Assert.All(named, port => Assert.Contains(port, ports));
    }

    [Fact]
    public void The_receiver_is_started_with_options_that_it_has()
    {
        var arguments = Assert.Single(Find<V1StatefulSet>("actors-receiver").Spec.Template.Spec.Containers).Args;
        var parsed = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Parse([.. arguments]);

        Assert.Empty(parsed.Errors);
        Assert.Equal("receive", parsed.CommandResult.Command.Name);
    }

    private static T Find<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => Assert.Single(Objects.OfType<T>(), item => item.Metadata.Name == name);

    private static IEnumerable<IKubernetesObject<V1ObjectMeta>> Load(string file) =>
        KubernetesYaml.LoadAllFromString(File.ReadAllText(file), Kinds, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>();
}
