using Akka.Actor;

namespace Actors.Cli;

/// <summary>The test's ear in the actor system.</summary>
internal sealed class ScaleActor(Action<object, IActorRef> take) : UntypedActor
{
    /// <summary>Makes one.</summary>
    public static Props Props(Action<object, IActorRef> take) => Akka.Actor.Props.CreateBy(new Producer(take));

    /// <inheritdoc/>
    protected override void OnReceive(object message) => take(message, Sender);

    private sealed class Producer(Action<object, IActorRef> take) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ScaleActor);

        public ActorBase Produce() => new ScaleActor(take);

        public void Release(ActorBase actor)
        {
        }
    }
}
