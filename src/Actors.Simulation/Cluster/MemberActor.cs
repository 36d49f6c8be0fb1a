using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A node's member: gives messages and ticks to <see cref="MemberCore"/>, and machines to the node's device model.</summary>
internal sealed class MemberActor : UntypedActor, IMemberEffects, IWithTimers
{
    private readonly SimCluster _cluster;
    private readonly SimNode _node;
    private readonly MemberCore _core;

    private MemberActor(SimCluster cluster, SimNode node)
    {
        _cluster = cluster;
        _node = node;
        _core = cluster.CoreOf(node, this);
        node.Core = _core;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props.</summary>
    public static Props Props(SimCluster cluster, SimNode node) => Akka.Actor.Props.CreateBy(new Producer(cluster, node));

    /// <inheritdoc/>
    public void Send(int node, object message) => _cluster.Network.ToMember(_node, node, message, Self);

    /// <inheritdoc/>
    public void Launch(int vm, ulong token)
    {
        if (_cluster.Begin(_node, vm, token) is { } machine)
            _node.DeviceModel.Tell(new MachineHop.LaunchVm(machine, new FencingToken(token)), Self);
        else
            _core.Ended(vm, token, isEnd: true);
    }

    /// <inheritdoc/>
    public void Stop(int vm, ulong token) => _node.DeviceModel.Tell(new MachineHop.StopVm(new VmId(_cluster.MachineOf(vm, token))), Self);

    /// <inheritdoc/>
    public long Seconds => _node.Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <inheritdoc/>
    public void Leave() => _cluster.Leave(_node);

    /// <inheritdoc/>
    public void Tell(ClusterEventKind kind, int vm = -1, ulong token = 0, int other = -1) => _cluster.Told(_node, kind, vm, token, other);

    /// <inheritdoc/>
    public bool Decides(uint members, uint reachable, bool survives) => _cluster.Decides(_node, members, reachable, survives);

    /// <inheritdoc/>
    protected override void PreStart() =>
        Timers.StartPeriodicTimer(MemberHop.Tick.Instance, MemberHop.Tick.Instance, TimeSpan.Zero, TimeSpan.FromTicks(_cluster.Times.Heartbeat));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MemberHop.Tick:
                _core.Tick();
                break;
            case MemberHop.GiveAway give:
                _core.GiveAway(give.Leaves, give.KeepsRunning || _cluster.IsHasty);
                break;
            case MemberHop.Seize seize:
                _core.Seize(seize.Vm);
                break;
            case MemberHop.Repent:
                _core.Repent();
                break;
            case MachineHop.VmStarted:
                break;
            case MachineHop.VmEnded ended:
                _cluster.Ended(_node, ended);
                _core.Ended(_cluster.VmOf(ended.Vm.Value), _cluster.TokenOf(ended.Vm.Value), ended.End != VmEnd.Stopped);
                break;
            case MachineHop.VmRefused refused:
                _cluster.Refused(_node, refused);
                _core.Ended(_cluster.VmOf(refused.Vm.Value), _cluster.TokenOf(refused.Vm.Value), isEnd: false);
                break;
            default:
                _core.Hear(message);
                break;
        }
    }

    private sealed class Producer(SimCluster cluster, SimNode node) : IIndirectActorProducer
    {
        public Type ActorType => typeof(MemberActor);

        public ActorBase Produce() => new MemberActor(cluster, node);

        public void Release(ActorBase actor)
        {
        }
    }
}
