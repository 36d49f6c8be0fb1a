using Akka.Configuration;

namespace Actors.Cluster;

/// <summary>The HOCON by which an actor system runs its actors on the <see cref="CoreLocalDispatcher"/>, from mailboxes of the <see cref="CompactMailbox"/>.</summary>
internal static class DispatchConfiguration
{
    /// <summary>One worker a core.</summary>
    public static Config Default { get; } = ConfigurationFactory.ParseString("""
        akka.actor {
          default-dispatcher {
            type = "Actors.Cluster.CoreLocalConfigurator, Actors.Cluster"
            workers = 0
            throughput = 100
          }
          default-mailbox.mailbox-type = "Actors.Cluster.CompactMailbox, Actors.Cluster"
        }
        """);
}
