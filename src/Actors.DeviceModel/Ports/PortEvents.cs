using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>Turns a backend's signals into messages to the port's actor; what is signalled before there is an actor is kept.</summary>
internal sealed class PortEvents : IPortBackendEvents
{
    private readonly object _lock = new();
    private IActorRef? _actor;
    private bool _signalled;

    /// <inheritdoc/>
    public void Signal(BackendInterest ready)
    {
        IActorRef? actor;
        lock (_lock)
        {
            actor = _actor;
            _signalled = actor is null;
        }

        actor?.Tell(PortActor.BackendReady.Instance, ActorRefs.NoSender);
    }

    /// <summary>From now on the actor gets the signals.</summary>
    public void Bind(IActorRef actor)
    {
        bool kept;
        lock (_lock)
        {
            _actor = actor;
            kept = _signalled;
            _signalled = false;
        }

        if (kept)
            actor.Tell(PortActor.BackendReady.Instance, ActorRefs.NoSender);
    }
}
