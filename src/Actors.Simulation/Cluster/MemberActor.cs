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
        if (_cluster.IsSplit)
            LaunchSplit(vm, token);
        else if (_cluster.Begin(_node, vm, token) is { } machine)
            _node.DeviceModel.Tell(new MachineHop.LaunchVm(machine, new FencingToken(token)), Self);
        else
            _core.Ended(vm, token, isEnd: true);
    }

    /// <inheritdoc/>
    public void Raise(int vm, ulong token, ulong fence)
    {
        var machine = _cluster.MachineOf(vm, token);
        _cluster.Raise(machine, fence);
        if (!_cluster.IsSplit)
        {
            _node.DeviceModel.Tell(new MachineHop.RaiseFence(new VmId(machine), new FencingToken(token), new FencingToken(fence)), Self);
        }
        else if (_services.TryGetValue(machine, out var service))
        {
            // One that isn't taken over yet is with the higher token, when it is asked for again.
            _services[machine] = service = service with { Token = Math.Max(service.Token, fence) };
            ToService(service.Node, new MachineHop.RaiseFence(new VmId(machine), new FencingToken(service.Ordered), new FencingToken(fence)));
        }
    }

    /// <inheritdoc/>
    public void Stop(int vm, ulong token)
    {
        var machine = _cluster.MachineOf(vm, token);
        if (!_cluster.IsSplit)
            _node.DeviceModel.Tell(new MachineHop.StopVm(new VmId(machine)), Self);
        else if (_services.TryGetValue(machine, out var service))
            ToService(service.Node, new MachineHop.StopVm(new VmId(machine)));
    }

    /// <inheritdoc/>
    public bool HostsGuests(int node) => _cluster.HostsGuests(node);

    /// <inheritdoc/>
    public long Seconds => _node.Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <inheritdoc/>
    public void Leave() => _cluster.Leave(_node);

    /// <inheritdoc/>
    public void Tell(ClusterEventKind kind, int vm = -1, ulong token = 0, int other = -1) => _cluster.Told(_node, kind, vm, token, other);

    /// <inheritdoc/>
    public bool Decides(uint members, uint reachable, bool survives) => _cluster.Decides(_node, members, reachable, survives);

    private readonly SortedDictionary<int, Service> _services = [];

    /// <summary>The guest here, the service side on another node.</summary>
    private void LaunchSplit(int vm, ulong token)
    {
        if (_cluster.Begin(_node, vm, token) is not { } spec || _cluster.ServiceFor(_node, spec.Vm.Value, -1) is var node && node < 0)
        {
            _core.Ended(vm, token, isEnd: false);
            return;
        }

        _services[spec.Vm.Value] = new Service(node, _core[node].Life, token, token, IsAnswered: true);
        ToService(node, new MachineHop.LaunchVm(spec, new FencingToken(token), _node.Hypervisor));
    }

    /// <summary>Whose service node is lost gets another, with a higher token.</summary>
    private void LookAfterServices()
    {
        foreach (var machine in _services.Keys.ToArray())
        {
            var service = _services[machine];
            if (_core.Runs(_cluster.VmOf(machine)) == 0)
            {
                _services.Remove(machine);
                continue;
            }

            var isThere = _core[service.Node].IsMember && _core[service.Node].Life == service.Life;
            if (isThere && service.IsAnswered)
                continue;
            if (!isThere)
            {
                var next = _cluster.ServiceFor(_node, machine, -1);
                if (next < 0)
                    continue;
                _cluster.Mark("service.adopted");
                _services[machine] = service = new Service(next, _core[next].Life, service.Token + 1, service.Token + 1, IsAnswered: false);
            }
            else if (service.Ordered != service.Token)
            {
                _services[machine] = service = service with { Ordered = service.Token };
            }

            ToService(service.Node, new MachineHop.AdoptVm(_cluster.SpecOf(machine), new FencingToken(service.Token), _node.Hypervisor));
        }
    }

    private void ToService(int node, object message) =>
        _cluster.Network.Send(SimNetwork.Site, _node.Index, node, _cluster.Nodes[node].DeviceModel, message, Self, isLate: false);

    /// <summary>Where a machine's service side is.</summary>
    /// <param name="Node">The node.</param>
    /// <param name="Life">In which life.</param>
    /// <param name="Token">The service side's.</param>
    /// <param name="Ordered">That of the order by which it was made: it may have been raised since.</param>
    /// <param name="IsAnswered">Whether it is there.</param>
    private sealed record Service(int Node, int Life, ulong Token, ulong Ordered, bool IsAnswered);

    /// <summary>A backend of a machine remembers a higher token.</summary>
    private void OnFenced(VmId vm, FencingToken ordered, FencingToken seen)
    {
        var machine = vm.Value;
        if (seen.IsGuarded && (!_cluster.IsSplit || (_services.TryGetValue(machine, out var service) && service.Ordered == ordered.Value)))
            _core.Fenced(_cluster.VmOf(machine), _cluster.TokenOf(machine), seen.Value, PortsOf(machine));
    }

    private int PortsOf(int machine) => _cluster.SpecOf(machine).Devices.Sum(static device => device.Ports.Length);

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
                LookAfterServices();
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
            case MachineHop.VmStarted started:
                if (_services.TryGetValue(started.Vm.Value, out var answered))
                    _services[started.Vm.Value] = answered with { IsAnswered = true };
                break;
            case MachineHop.AdoptionRefused { Result: Errno.NoDevice } refused when _services.Remove(refused.Vm.Value):
                // There is no guest to serve: it never began, or it is over and its last service node can't say so any more.
                _cluster.Gone(refused.Vm.Value);
                _core.Ended(_cluster.VmOf(refused.Vm.Value), _cluster.TokenOf(refused.Vm.Value), isEnd: false);
                break;
            case MachineHop.AdoptionRefused refused:
                OnFenced(refused.Vm, refused.Fence, refused.Seen);
                break;
            case MachineHop.VmFenced fenced:
                OnFenced(fenced.Vm, fenced.Machine, fenced.Seen);
                break;
            case MachineHop.VmNotice or MachineHop.VmSuperseded:
                break;
            case MachineHop.VmEnded ended:
                _cluster.Ended(_node, ended);
                _core.Ended(_cluster.VmOf(ended.Vm.Value), _cluster.TokenOf(ended.Vm.Value), ended.End != VmEnd.Stopped);
                break;
            case MachineHop.VmRefused refused:
                _cluster.Refused(_node, refused);
                _core.Refused(_cluster.VmOf(refused.Vm.Value), _cluster.TokenOf(refused.Vm.Value), refused.Seen.Value, PortsOf(refused.Vm.Value));
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
