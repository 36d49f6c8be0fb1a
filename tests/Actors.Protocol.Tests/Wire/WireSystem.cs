using Akka.Actor;
using Akka.Configuration;

namespace Actors.Protocol.Tests.Wire;

/// <summary>An actor system with the wire serializer bound, and values for its messages.</summary>
public sealed class WireSystem : IDisposable
{
    public WireSystem()
    {
        System = ActorSystem.Create("wire", ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF").WithFallback(WireConfiguration.Default));
        Actor = System.ActorOf(Props.Create<Silent>(), "listener");
        Serializer = (HyperionWireSerializer)System.Serialization.FindSerializerForType(typeof(GuestHop.IoExit));
    }

    public ActorSystem System { get; }

    public IActorRef Actor { get; }

    public HyperionWireSerializer Serializer { get; }

    public void Dispose() => System.Terminate().Wait();

    private sealed class Silent : ReceiveActor;
}
