using Akka.Actor;

namespace Actors.Cli;

/// <summary>The run's ear: whatever nodes say to it.</summary>
internal sealed class RealObserver(Action<object, IActorRef> take) : UntypedActor
{
    /// <summary>Makes one.</summary>
    public static Props Props(Action<object, IActorRef> take) => Akka.Actor.Props.CreateBy(new Producer(take));

    /// <inheritdoc/>
    protected override void OnReceive(object message) => take(message, Sender);

    private sealed class Producer(Action<object, IActorRef> take) : IIndirectActorProducer
    {
        public Type ActorType => typeof(RealObserver);

        public ActorBase Produce() => new RealObserver(take);

        public void Release(ActorBase actor)
        {
        }
    }
}
