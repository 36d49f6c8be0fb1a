using Akka.Actor;

namespace Actors.Cli;

/// <summary>Hears what nodes say to this process, and hands it on, on a thread of the actor system.</summary>
internal sealed class Ear(Action<object, IActorRef> take) : UntypedActor
{
    /// <summary>Makes one.</summary>
    public static Props Props(Action<object, IActorRef> take) => Akka.Actor.Props.CreateBy(new Producer(take));

    /// <inheritdoc/>
    protected override void OnReceive(object message) => take(message, Sender);

    private sealed class Producer(Action<object, IActorRef> take) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Ear);

        public ActorBase Produce() => new Ear(take);

        public void Release(ActorBase actor)
        {
        }
    }
}
