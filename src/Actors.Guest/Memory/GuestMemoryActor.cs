using Actors.Protocol;
using Akka.Actor;

namespace Actors.Guest;

/// <summary>
/// <c>/user/memory</c>, on a node that hosts guests: gives devices of other nodes their way to the RAM of its VMs, one child a VM (<c>vm-N</c>), made by the first who asks. A device that
/// has an answer talks to the child itself.
/// Supervision: a child restarts with what it knew (<see cref="MemoryServer"/> is its parent's); the message is lost and comes again. A VM that is gone takes its child along, at the
/// latest when there are twice as many as VMs. A restart of the root keeps the children. Mailbox: one exchange a device, repeated every 250 ms.
/// </summary>
public sealed class GuestMemoryActor : UntypedActor
{
    private const int FirstSweep = 64;

    private readonly RoomServices _services;
    private readonly Servers _servers;

    private GuestMemoryActor(RoomServices services, Servers servers)
    {
        _services = services;
        _servers = servers;
    }

    /// <summary>Props of the root.</summary>
    /// <param name="services">What every actor of the node gets; its memory is what devices see.</param>
    public static Props Props(RoomServices services) => Akka.Actor.Props.CreateBy(new Producer(services));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message) => PostStop();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MemoryHop.Exchange exchange:
                if (ChildOf(exchange.Vm) is { } child)
                    child.Forward(exchange);
                else
                    Answer(new MemoryHop.Exchanged(exchange.Vm, exchange.Device, exchange.Life, exchange.Sequence, ExchangeResult.NoMemory, []));
                break;
            case MemoryHop.ReadRecords read:
                if (ChildOf(read.Vm) is { } owner)
                    owner.Forward(read);
                else
                    Answer(new MemoryHop.Records(read.Vm, read.Fence, ExchangeResult.NoMemory, []));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Answer(object message) => new Link(LinkSite.MemoryAnswer, Sender, _services).Send(message, Self);

    private IActorRef? ChildOf(VmId vm)
    {
        if (_services.Memory.Find(vm) is null)
        {
            if (_servers.Children.Remove(vm, out var orphan))
                Context.Stop(orphan);
            return null;
        }

        if (_servers.Children.TryGetValue(vm, out var known))
            return known;
        if (_servers.Children.Count >= _servers.SweepAt)
            Sweep();

        // A name is free again only some time after its owner was stopped: the number tells a VM's later memory from its earlier.
        var name = vm.ToString();
        _servers.Made++;
        if (!Context.Child(name).IsNobody())
            name = $"{name}-{_servers.Made}";
        var server = (_services.Variants?.Find<MemoryParts>() ?? MemoryParts.Own).MakeServer(vm);
        var child = Context.ActorOf(Akka.Actor.Props.CreateBy(new ServerProducer(server, vm, _services)), name);
        _servers.Children.Add(vm, child);
        return child;
    }

    private void Sweep()
    {
        foreach (var (vm, child) in _servers.Children.Where(entry => _services.Memory.Find(entry.Key) is null).ToArray())
        {
            _servers.Children.Remove(vm);
            Context.Stop(child);
        }

        _servers.SweepAt = Math.Max(FirstSweep, _servers.Children.Count * 2);
    }

    /// <summary>What outlives a restart of the root.</summary>
    private sealed class Servers
    {
        public Dictionary<VmId, IActorRef> Children { get; } = [];

        /// <summary>Children so far.</summary>
        public long Made { get; set; }

        /// <summary>Children at which those without a VM are looked for.</summary>
        public int SweepAt { get; set; } = FirstSweep;
    }

    private sealed class Producer(RoomServices services) : IIndirectActorProducer
    {
        private readonly Servers _servers = new();

        public Type ActorType => typeof(GuestMemoryActor);

        public ActorBase Produce() => new GuestMemoryActor(services, _servers);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class ServerProducer(MemoryServer server, VmId vm, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ServerActor);

        public ActorBase Produce() => new ServerActor(server, vm, services);

        public void Release(ActorBase actor)
        {
        }
    }

    /// <summary>One VM's.</summary>
    private sealed class ServerActor(MemoryServer server, VmId vm, RoomServices services) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            var memory = services.Memory.Find(vm);
            switch (message)
            {
                case MemoryHop.Exchange exchange when memory is null:
                    Answer(new MemoryHop.Exchanged(vm, exchange.Device, exchange.Life, exchange.Sequence, ExchangeResult.NoMemory, []));
                    break;
                case MemoryHop.Exchange exchange:
                    if (server.Take(memory, exchange) is { } exchanged)
                        Answer(exchanged);
                    break;
                case MemoryHop.ReadRecords read:
                    Answer(memory is null ? new MemoryHop.Records(vm, read.Fence, ExchangeResult.NoMemory, []) : server.Read(read));
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }

        private void Answer(object message) => new Link(LinkSite.MemoryAnswer, Sender, services).Send(message, Self);
    }
}
