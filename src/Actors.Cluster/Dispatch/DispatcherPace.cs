using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>Retries at the pace of the default dispatcher: who waits for a turn has lost nothing.</summary>
internal sealed class DispatcherPace : RetryPace
{
    private readonly CoreLocalDispatcher _dispatcher;

    private DispatcherPace(CoreLocalDispatcher dispatcher)
    {
        _dispatcher = dispatcher;
    }

    /// <inheritdoc/>
    protected override TimeSpan Wait => _dispatcher.Wait;

    /// <summary>The pace of a system's actors; a steady one where HOCON gave them another dispatcher.</summary>
    public static RetryPace Of(ActorSystem system) =>
        system.Dispatchers.DefaultGlobalDispatcher is CoreLocalDispatcher dispatcher ? new DispatcherPace(dispatcher) : Steady;
}
