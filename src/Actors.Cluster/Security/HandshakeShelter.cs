using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;

namespace Actors.Cluster;

/// <summary>
/// Akka (1.5.51 and later) ends its whole actor system when a TLS handshake fails that it began itself, and takes the misconfiguration for its own. So whoever listens with a foreign certificate at the
/// address of a node that died, or stalls in a handshake, would end each node that asks there again. A transport finds the system that it would end in a property: it gets another
/// one there, which has the same name and nothing in it. The handshake has failed all the same, and the association with it, and is told
/// as before.
/// </summary>
internal static class HandshakeShelter
{
    private const string Scheme = "ssl.tcp";

    private static readonly Config Nothing = ConfigurationFactory.ParseString("""
        akka {
          stdout-loglevel = OFF
          loglevel = WARNING
          loggers = []
          log-dead-letters = off
          actor.provider = local
          coordinated-shutdown {
            run-by-clr-shutdown-hook = off
            run-by-actor-system-terminate = off
            terminate-actor-system = off
            exit-clr = off
          }
        }
        """);

    /// <summary>From now on, handshakes of this transport that fail end nothing but their connection. Of a transport without TLS nothing changes.</summary>
    /// <param name="transport">Akka's own.</param>
    /// <param name="system">The system that it works for.</param>
    public static void Give(Transport transport, ActorSystem system)
    {
        if (transport.SchemeIdentifier != Scheme)
            return;
        var shelter = ActorSystem.Create(system.Name, Nothing);
        shelter.EventStream.Subscribe(shelter.ActorOf(Props.Create(() => new Courier(system))), typeof(LogEvent));
        SetSystem(transport, shelter);
        system.RegisterOnTermination(() => _ = shelter.Terminate());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_System")]
    private static extern void SetSystem(Transport transport, ActorSystem system);

    /// <summary>What a transport has to say is said where it would have been.</summary>
    private sealed class Courier(ActorSystem system) : UntypedActor
    {
        protected override void OnReceive(object message) => system.EventStream.Publish(message);
    }
}
