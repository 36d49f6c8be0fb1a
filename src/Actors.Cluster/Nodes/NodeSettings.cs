using System.Globalization;
using Actors.Protocol;
using Akka.Configuration;

namespace Actors.Cluster;

/// <summary>A node's HOCON, from its options.</summary>
internal static class NodeSettings
{
    /// <summary>The name of every node's actor system: part of every address.</summary>
    public const string SystemName = "actors";

    /// <summary>The address of a node's actor system.</summary>
    /// <param name="node">host:port.</param>
    /// <param name="tls">True when the cluster's nodes have certificates.</param>
    public static string SystemAddress(string node, bool tls) => $"{(tls ? "akka.ssl.tcp" : "akka.tcp")}://{SystemName}@{node}";

    /// <summary>Where a node takes messages from everybody.</summary>
    /// <param name="node">host:port.</param>
    /// <param name="tls">True when the cluster's nodes have certificates.</param>
    public static string EntranceOf(string node, bool tls) => $"{SystemAddress(node, tls)}/user/vms";

    /// <summary>What everybody needs who speaks to nodes: frames have sums (<see cref="CheckedTransport"/>). No space in the name: Akka would take its quotes for a part of it.</summary>
    public const string Frames = """
        akka.remote {
          adapters.checked = "Actors.Cluster.CheckedTransportProvider,Actors.Cluster"
          dot-netty.tcp.applied-adapters = ["checked"]
        }

        """;

    // Timings: heartbeats, pause forgiven, how long a partition must stand before the resolver decides, gossip.
    private static readonly Dictionary<NodeProfile, (string Heartbeat, string Pause, string Stable, string Gossip)> Timings = new()
    {
        [NodeProfile.Production] = ("500ms", "3s", "2s", "400ms"),
        [NodeProfile.Tuned] = ("250ms", "1500ms", "2s", "200ms"),
        [NodeProfile.Tests] = ("250ms", "4s", "1s", "200ms"),
        [NodeProfile.Patient] = ("500ms", "60s", "2s", "400ms"),
    };

    // Nodes of tests share a machine that may stand still as a whole. In production a node that stood still finds out soon that the others went on without it.
    private const string Attentive = $"""
        akka.cluster.failure-detector.implementation-class = "{AttentiveFailureDetector.Name}"
        akka.remote.watch-failure-detector.implementation-class = "{AttentiveFailureDetector.Name}"
        """;

    private const string Fixed = """
        akka {
          stdout-loglevel = OFF
          loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown {
            run-by-clr-shutdown-hook = off
            run-by-actor-system-terminate = off
            exit-clr = off
            default-phase-timeout = 10s
            phases.cluster-sharding-shutdown-region.timeout = 90s
          }
          actor {
            provider = cluster
            serializers {
              json = "Actors.Cluster.RefusedSerializer, Actors.Cluster"
              proto = "Actors.Cluster.RefusedSerializer, Actors.Cluster"
              daemon-create = "Actors.Cluster.RefusedSerializer, Actors.Cluster"
            }
            serialization-bindings { "System.Object" = json }
          }
          remote {
            retry-gate-closed-for = 500ms
            dot-netty.tcp {
              batching { enabled = true, max-pending-writes = 30 }
            }
          }
          cluster {
            min-nr-of-members = 1
            retry-unsuccessful-join-after = 2s
            seed-node-timeout = 2s
            down-removal-margin = 100ms
            split-brain-resolver { active-strategy = keep-majority }
            sharding {
              role = guest
              state-store-mode = ddata
              remember-entities = off
              passivate-idle-entity-after = off
              distributed-data.durable.keys = []
              handoff-timeout = 60s
              retry-interval = 500ms
              waiting-for-state-timeout = 1s
              updating-state-timeout = 1s
              shard-failure-backoff = 1s
              coordinator-failure-backoff = 1s
            }
            distributed-data {
              durable.keys = []
              gossip-interval = 500ms
              notify-subscribers-interval = 100ms
            }
            singleton { hand-over-retry-interval = 500ms }
          }
        }
        """;

    /// <summary>Everything; what the user gave comes first.</summary>
    public static Config Of(NodeOptions options)
    {
        var (heartbeat, pause, stable, gossip) = Timings[options.Profile];
        var text = string.Create(CultureInfo.InvariantCulture, $$"""
            akka.remote.dot-netty.tcp {
              hostname = "{{options.Bind ?? options.Host}}"
              public-hostname = "{{options.Host}}"
              port = {{options.Port}}
            }
            akka.loggers = [{{(options.Logger is { } logger ? $"\"{logger.FullName}, {logger.Assembly.GetName().Name}\"" : string.Empty)}}]
            akka.cluster {
              roles = [{{string.Join(", ", options.Roles)}}, {{Gatekeeper.Role}}]
              gossip-interval = {{gossip}}
              leader-actions-interval = {{gossip}}
              unreachable-nodes-reaper-interval = 250ms
              failure-detector { heartbeat-interval = {{heartbeat}}, acceptable-heartbeat-pause = {{pause}}, expected-response-after = {{heartbeat}} }
              split-brain-resolver.stable-after = {{stable}}
            }
            """);
        var config = ConfigurationFactory.ParseString(text)
            .WithFallback(ConfigurationFactory.ParseString(Frames + Fixed))
            .WithFallback(DispatchConfiguration.Default)
            .WithFallback(WireConfiguration.Default);
        if (options.Profile == NodeProfile.Tests)
            config = ConfigurationFactory.ParseString(Attentive).WithFallback(config);
        if (options.Tls is not null)
            config = NodeTls.Settings.WithFallback(config);
        return options.Hocon is null ? config : ConfigurationFactory.ParseString(options.Hocon).WithFallback(config);
    }
}
