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
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NodeParts _parts;

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
    public int? HttpPort { get; }

    /// <summary>Ends when the node is a member that is up.</summary>
    public Task Up => _up.Task;

    /// <summary>Ends when the node isn't a member any more: it left, or the others went on without it.</summary>
    public Task Removed => _removed.Task;

    /// <summary>What every actor of the node got.</summary>
    internal RoomServices Services => _parts.Services;

    /// <summary><c>/user/device-model</c>, nobody on a node that hosts no services.</summary>
    internal IActorRef DeviceModel => _parts.DeviceModel;

    /// <summary>Starts a node; it joins by itself.</summary>
    /// <param name="options">What it is told.</param>
    /// <param name="guests">Programs that its VMs can run.</param>
    public static ClusterNode Start(NodeOptions options, IGuestCatalog guests) => Start(options, guests, null);

    /// <summary>Starts a node.</summary>
    /// <param name="options">What it is told.</param>
    /// <param name="guests">Programs that its VMs can run.</param>
    /// <param name="backends">Other backends than the real ones, or null.</param>
    internal static ClusterNode Start(NodeOptions options, IGuestCatalog guests, IPortBackendFactory? backends)
    {
        ArgumentNullException.ThrowIfNull(options);
        var system = CreateSystem(options);
        try
        {
            PrimeScheduler(system);
            var node = new ClusterNode(options, system, NodeParts.Make(options, system, guests, backends));
            node.Join();
            return node;
        }
        catch
        {
            ((ExtendedActorSystem)system).Abort();
            throw;
        }
    }

    /// <summary>Leaves in order: no new VMs, every VM ended and started elsewhere, then the actor system ends.</summary>
    public Task LeaveAsync() => CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);

    /// <summary>Goes without a word, as a killed process does.</summary>
    public async Task AbortAsync()
    {
        ((ExtendedActorSystem)System).Abort();
        await System.WhenTerminated;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!System.WhenTerminated.IsCompleted)
            await AbortAsync();
    }

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
            cluster.JoinSeedNodes(Options.Join.Select(node => Akka.Actor.Address.Parse($"akka.tcp://{NodeSettings.SystemName}@{node}")));
    }

    private static ActorSystem CreateSystem(NodeOptions options)
    {
        try
        {
            return ActorSystem.Create(NodeSettings.SystemName, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(NodeSettings.Of(options))));
        }
#pragma warning disable CA1031 // Akka wraps it in whatever it likes; what is no socket's fault is thrown on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (FindSocketError(error) is { } socket)
                throw new NodeStartException($"{options.Bind ?? options.Host}:{options.Port} can't be listened on: {socket.Message.TrimEnd('.')}; take another --port or --host", error);
            throw;
        }
    }

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
