using System.Net;
using System.Net.Sockets;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;
using Akka.Actor.Setup;

namespace Actors.Cluster;

/// <summary>One node: an actor system that is a member of a cluster, the roots of the rooms that its roles name, and the entrance <c>/user/vms</c>.</summary>
public sealed class ClusterNode : IAsyncDisposable
{
    /// <summary>Within the time that a phase of the shutdown has (10 s); backends have two seconds of it, takeovers the rest.</summary>
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(8);

    /// <summary>How long a node that leaves waits for its peers to know what it said last.</summary>
    private static readonly TimeSpan LedgerPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long the end of an actor system is waited for that was told to end at once: an actor that is in a call to the system (a disk that doesn't answer) doesn't end, and the process needn't wait for it.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NodeParts _parts;
    private NodeHttp? _http;
    private volatile bool _isLeaving;

    private ClusterNode(NodeOptions options, ActorSystem system, NodeParts parts)
    {
        Options = options;
        System = system;
        _parts = parts;
    }

    /// <summary>What it was started with.</summary>
    public NodeOptions Options { get; }

    /// <summary>Its actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>Its address, as host:port.</summary>
    public string Address => _parts.Address;

    /// <summary>Takes <see cref="ClusterHop"/> messages, from members and from anybody who can reach the node.</summary>
    public IActorRef Entrance => _parts.Entrance;

    /// <summary>Port of metrics and health; null: none.</summary>
    public int? HttpPort => _http?.Port;

    /// <summary>Ends when the node is a member that is up.</summary>
    public Task Up => _up.Task;

    /// <summary>Ends when the node isn't a member any more: it left, or the others went on without it.</summary>
    public Task Removed => _removed.Task;

    /// <summary>What every actor of the node got.</summary>
    internal RoomServices Services => _parts.Services;

    /// <summary><c>/user/device-model</c>, nobody on a node that hosts no services.</summary>
    internal IActorRef DeviceModel => _parts.DeviceModel;

    /// <summary>Roots of the rooms that it has.</summary>
    internal IReadOnlyList<IActorRef> Rooms => [_parts.Hypervisor, _parts.Hsm, _parts.DeviceModel];

    /// <summary>Starts a node; it joins by itself.</summary>
    /// <param name="options">What it is told.</param>
    /// <param name="guests">Programs that its VMs can run.</param>
    public static ClusterNode Start(NodeOptions options, IGuestCatalog guests) => Start(options, guests, null);

    /// <summary>Starts a node.</summary>
    /// <param name="options">What it is told.</param>
    /// <param name="guests">Programs that its VMs can run.</param>
    /// <param name="backends">Other backends than the real ones, or null.</param>
    /// <param name="hooks">What a test adds to the rooms, or null.</param>
    internal static ClusterNode Start(NodeOptions options, IGuestCatalog guests, IPortBackendFactory? backends, NodeHooks? hooks = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var system = CreateSystem(options);
        try
        {
            PrimeScheduler(system);
            var node = new ClusterNode(options, system, NodeParts.Make(options, system, guests, backends, hooks));
            node.Serve();
            node.Join();
            return node;
        }
        catch (Exception error)
        {
            ((ExtendedActorSystem)system).Abort();
            if (options.Hocon is null || error is NodeStartException)
                throw;
            throw Refused(options, error);
        }
    }

    /// <summary>Leaves in order: no new VMs, every VM ended and started elsewhere, then the actor system ends.</summary>
    public Task LeaveAsync()
    {
        _isLeaving = true;
        return CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
    }

    /// <summary>Goes without a word, as a killed process does.</summary>
    public async Task AbortAsync()
    {
        ((ExtendedActorSystem)System).Abort();
        await System.WhenTerminated;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // An actor in a system call that doesn't return holds its thread: no event tells that it never will, and who disposes of a node waits no longer than this.
        if (!System.WhenTerminated.IsCompleted)
            await Task.WhenAny(AbortAsync(), Task.Delay(EndPatience));
        if (_http is not null)
            await _http.DisposeAsync();
        _parts.Meter.Dispose();
    }

    private void Serve()
    {
        if (Options.Http is { } port)
            _http = NodeHttp.Start(Options.Bind ?? Options.Host, port, AnswerAsync);
        if (!_parts.DeviceModel.IsNobody())
            CoordinatedShutdown.Get(System).AddTask(CoordinatedShutdown.PhaseBeforeClusterShutdown, "drain", DrainAsync);
        CoordinatedShutdown.Get(System).AddTask(CoordinatedShutdown.PhaseClusterLeave, "ledger", async () =>
        {
            // What was said last is about the VMs that were handed over: it is heard before the node goes.
            try
            {
                await _parts.Ledger.Ask<VmLedger.Drained>(VmLedger.Drain.Instance, LedgerPatience);
            }
            catch (AskTimeoutException)
            {
                // Who hasn't heard it in time starts these VMs all the same, when the node is gone.
            }

            return Akka.Done.Instance;
        });
    }

    /// <summary>Service sides of guests elsewhere are flushed and handed over before the cluster hears that the node leaves; what takes longer is handed over as it is.</summary>
    private async Task<Akka.Done> DrainAsync()
    {
        try
        {
            await _parts.DeviceModel.Ask<DeviceModelActor.Drained>(DeviceModelActor.Drain.Instance, DrainPatience);
        }
        catch (AskTimeoutException)
        {
            // What isn't out by now is counted with the takeover, as after a crash.
        }

        return Akka.Done.Instance;
    }

    private async ValueTask<HttpAnswer> AnswerAsync(string path) => path == InspectPage.Prefix || path.StartsWith(InspectPage.Prefix + "/", StringComparison.Ordinal)
        ? await InspectPage.AnswerAsync(System, Rooms, path)
        : Answer(path);

    private HttpAnswer Answer(string path) => path switch
    {
        "/metrics" => new HttpAnswer("200 OK", PrometheusText.ContentType, PrometheusText.Write(_parts.Meter)),
        "/health/live" => System.WhenTerminated.IsCompleted || Removed.IsCompleted ? HttpAnswer.Text("503 Service Unavailable", "ended\n") : HttpAnswer.Text("200 OK", "live\n"),
        "/health/ready" => Up.IsCompleted && !Removed.IsCompleted && !_isLeaving ? HttpAnswer.Text("200 OK", "ready\n") : HttpAnswer.Text("503 Service Unavailable", _isLeaving ? "leaving\n" : "not yet a member\n"),
        _ => HttpAnswer.Text("404 Not Found", "/metrics, /health/live, /health/ready, /inspect\n"),
    };

    private void Join()
    {
        var cluster = Akka.Cluster.Cluster.Get(System);
        cluster.RegisterOnMemberUp(() => _up.TrySetResult());
        cluster.RegisterOnMemberRemoved(() =>
        {
            // Others own its VMs now, or will: no effect may leave any more. Tokens stop what still does.
            _parts.StopRooms(System);
            _removed.TrySetResult();
        });
        if (Options.Join.IsEmpty)
            cluster.Join(cluster.SelfAddress);
        else
            cluster.JoinSeedNodes(Options.Join.Select(node => Akka.Actor.Address.Parse(NodeSettings.SystemAddress(node, Options.Tls is not null))));
    }

    private static ActorSystem CreateSystem(NodeOptions options)
    {
        TryAddress(options);
        try
        {
            var setup = BootstrapSetup.Create().WithConfig(NodeSettings.Of(options));
            return ActorSystem.Create(NodeSettings.SystemName, options.Tls is { } folder ? setup.And(NodeTls.SetupOf(folder)) : ActorSystemSetup.Create(setup));
        }
        catch (NodeStartException)
        {
            throw;
        }
#pragma warning disable CA1031 // Akka wraps it in whatever it likes; what is no socket's fault is thrown on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (FindSocketError(error) is { } socket)
                throw Unusable(options, socket);
            if (options.Hocon is not null)
                throw Refused(options, error);
            throw;
        }
    }

    private static NodeStartException Refused(NodeOptions options, Exception error) => new($"Akka can't start with what {options.HoconName} says: {Root(error).Message.TrimEnd('.')}", error);

    /// <summary>What everything else was wrapped around. <see cref="Exception.GetBaseException"/> of many exceptions stops at the first that isn't many.</summary>
    private static Exception Root(Exception error) => error.InnerException is { } inner ? Root(inner) : error;

    /// <summary>Binds there once, so that an address that can't be used is one sentence and not also Akka's own complaints, in their order.</summary>
    private static void TryAddress(NodeOptions options)
    {
        try
        {
            var host = options.Bind ?? options.Host;
            var address = IPAddress.TryParse(host, out var parsed) ? parsed : Dns.GetHostAddresses(host, AddressFamily.InterNetwork)[0];
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, options.Port));
        }
        catch (SocketException refused)
        {
            throw Unusable(options, refused);
        }
    }

    private static NodeStartException Unusable(NodeOptions options, SocketException refused) =>
        new($"{options.Bind ?? options.Host}:{options.Port} can't be listened on: {refused.Message.TrimEnd('.')}; take another --port or --host", refused);

    private static SocketException? FindSocketError(Exception? error) => error switch
    {
        null => null,
        SocketException socket => socket,
        AggregateException many => many.InnerExceptions.Select(FindSocketError).FirstOrDefault(found => found is not null),
        _ => FindSocketError(error.InnerException),
    };

    /// <summary>The scheduler's thread must start from this thread: started from inside actors it can starve the pool it waits for (Akka 1.5.74).</summary>
    private static void PrimeScheduler(ActorSystem system)
    {
        using var started = new ManualResetEventSlim();
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, started.Set);
        started.Wait(TimeSpan.FromSeconds(10));
    }
}
