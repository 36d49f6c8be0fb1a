using System.Collections.Concurrent;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>Somebody outside who wants VMs: an actor system that is no member, its messages in a queue.</summary>
internal sealed class Observer : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly BlockingCollection<object> _heard = [];

    public Observer(string? settings = null)
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString((settings ?? string.Empty) + """

            akka { loggers = [], stdout-loglevel = OFF, loglevel = OFF, actor.provider = remote, remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } }
            """).WithFallback(WireConfiguration.Default);
        _system = ActorSystem.Create("outside", config);
        Self = _system.ActorOf(Props.Create(() => new Ear(_heard)));
    }

    public IActorRef Self { get; }

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    public void Tell(string node, object message) => _system.ActorSelection($"akka.tcp://actors@{node}/user/vms").Tell(message, Self);

    /// <summary>The next message of a kind; others before it are dropped.</summary>
    public T Expect<T>(Func<T, bool>? which = null)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
        {
            if (_heard.Take(late.Token) is T message && which?.Invoke(message) != false)
                return message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _heard.Dispose();
    }

    private sealed class Ear(BlockingCollection<object> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.Add(message);
    }
}
