using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Actors.Protocol;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Remote.Transport.DotNetty;

namespace Actors.Cluster.Tests;

/// <summary>Somebody outside who wants VMs: an actor system that is no member, its messages in a queue.</summary>
internal sealed class Observer : IAsyncDisposable
{
    /// <summary>Milliseconds until something is said again that nobody has answered.</summary>
    private const int Again = 5_000;

    private readonly ActorSystem _system;
    private readonly bool _isTls;
    private readonly BlockingCollection<object> _heard = [];

    /// <param name="settings">HOCON that comes first.</param>
    /// <param name="tls">Folder of certificates.</param>
    /// <param name="isTrusting">Takes whatever certificate a node shows.</param>
    public Observer(string? settings = null, string? tls = null, bool isTrusting = false)
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString((settings ?? string.Empty) + """

            akka { loggers = [], stdout-loglevel = OFF, loglevel = OFF, actor.provider = remote, remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } }
            """).WithFallback(Akka.Configuration.ConfigurationFactory.ParseString(NodeSettings.Frames)).WithFallback(WireConfiguration.Default);
        _isTls = tls is not null;
        if (_isTls)
            config = NodeTls.Settings.WithFallback(config);
        var setup = BootstrapSetup.Create().WithConfig(config);
        _system = ActorSystem.Create("outside", tls is null ? ActorSystemSetup.Create(setup) : setup.And(isTrusting ? Trusting(tls) : NodeTls.SetupOf(tls)));
        Self = _system.ActorOf(Props.Create(() => new Ear(_heard)));
    }

    public IActorRef Self { get; }

    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(5);

    public void Tell(string node, object message) => _system.ActorSelection(NodeSettings.EntranceOf(node, _isTls)).Tell(message, Self);

    /// <summary>Wants a VM until it hears that it runs, as everybody does: what is said over a connection may be lost with it. Other messages are dropped.</summary>
    public ClusterHop.VmUp Start(string node, VmSpec spec, VmPlacement placement = VmPlacement.Colocated)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
        {
            Tell(node, new ClusterHop.StartVm(spec, placement, Self));
            while (_heard.TryTake(out var message, Again, late.Token))
            {
                if (message is ClusterHop.VmUp up && up.Vm == spec.Vm)
                    return up;
                Assert.IsNotType<MachineHop.VmRefused>(message);
            }
        }
    }

    /// <summary>A message of a kind, for which something is done again and again until it comes; others before it are dropped.</summary>
    public T Expect<T>(Action again)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
        {
            again();
            while (_heard.TryTake(out var message, Again, late.Token))
            {
                if (message is T heard)
                    return heard;
            }
        }
    }

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

    private static DotNettySslSetup Trusting(string folder) =>
        new(X509Certificate2.CreateFromPemFile(Path.Combine(folder, "node.pem"), Path.Combine(folder, "node.key")), false, true, (_, _, _, _, _) => true);

    private sealed class Ear(BlockingCollection<object> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.Add(message);
    }
}
