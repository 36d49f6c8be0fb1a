using System.Globalization;
using Actors.Cluster;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cli;

/// <summary>Speaks to the nodes for a test: asks for VMs, hears of them, reads nodes. Its state is guarded: messages come on threads of the actor system.</summary>
internal sealed class FleetDriver : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ActorSelection> _entrances = new(StringComparer.Ordinal);
    private readonly ScaleRequest _request;
    private readonly ActorSystem _system;
    private readonly bool _usesTls;
    private readonly TestClock _clock;
    private readonly ScaleTraffic _traffic;
    private readonly IActorRef _self;
    private int _turn;
    private int _restarts;
    private int _takeovers;
    private bool _isStopping;

    /// <summary>Begins to listen.</summary>
    public FleetDriver(ScaleRequest request, IScaleNodes nodes, TestClock clock, ScaleTraffic traffic)
    {
        _request = request;
        _system = nodes.System;
        _usesTls = nodes.UsesTls;
        _clock = clock;
        _traffic = traffic;
        Fleet = new Fleet(request.Vms, request.Ramp);
        _self = _system.ActorOf(Ear.Props(Take));
        foreach (var address in nodes.Addresses)
            Book.Meet(address, clock.Now);
        foreach (var address in nodes.Silent)
            Book.Meet(address, clock.Now, isSilent: true);
    }

    /// <summary>The VMs. Read with <see cref="Read{T}"/>.</summary>
    public Fleet Fleet { get; }

    /// <summary>The nodes. Read with <see cref="Read{T}"/>.</summary>
    public NodeBook Book { get; } = new();

    /// <summary>Reads state that messages change.</summary>
    public T Read<T>(Func<Fleet, NodeBook, T> read)
    {
        lock (_gate)
            return read(Fleet, Book);
    }

    /// <summary>Asks for VMs that are due.</summary>
    public void Start()
    {
        lock (_gate)
            Fleet.Start(_clock.Now, (vm, tries) => Any(vm.Value + tries)?.Tell(new ClusterHop.StartVm(FleetSpec.Of(_request.Plan, vm, _traffic.PathOf(vm)), _request.Placement, _self), _self));
    }

    /// <summary>Asks every node how it is.</summary>
    public void Poll()
    {
        lock (_gate)
        {
            Count(Fleet.Restarts, ref _restarts, "VMs run anew elsewhere");
            Count(Fleet.Takeovers, ref _takeovers, "service sides run elsewhere");
            foreach (var address in Book.Addresses)
                EntranceOf(address).Tell(new ClusterHop.ReadNode(), _self);
        }
    }

    /// <summary>Asks for the end of all VMs that live.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
            foreach (var vm in Fleet.Living())
                Any(_turn++)?.Tell(new ClusterHop.StopVm(vm), _self);
        }
    }

    /// <summary>A node ended by itself.</summary>
    public void Lose(string address, string sentence)
    {
        lock (_gate)
        {
            Book.Note(_clock.Now, sentence);
            Book.Forget(address);
        }
    }

    /// <summary>Hears no more.</summary>
    public void Dispose() => _system.Stop(_self);

    private void Count(int now, ref int before, string what)
    {
        if (now > before)
            Book.Note(_clock.Now, string.Create(CultureInfo.InvariantCulture, $"{now - before:N0} {what}"));
        before = now;
    }

    private void Take(object message, IActorRef sender)
    {
        lock (_gate)
        {
            var now = _clock.Now;
            switch (message)
            {
                case ClusterHop.VmUp up:
                    Book.Meet(up.GuestNode, now);
                    Book.Meet(up.ServiceNode, now);
                    Fleet.TakeUp(up, now);
                    EntranceOf(up.GuestNode).Tell(up.Seen(), _self);
                    break;
                case ClusterHop.VmDown down:
                    Take(down, now);
                    Any(_turn++)?.Tell(down.Seen(), _self);
                    break;
                case MachineHop.VmRefused refused:
                    Fleet.TakeDown(refused.Vm, isExpected: false, $"{refused.Vm} was refused: {refused.Reason}", now);
                    break;
                case ClusterHop.NodeState state:
                    Book.Take(state, now);
                    break;
                default:
                    break;
            }
        }
    }

    private void Take(ClusterHop.VmDown down, long now)
    {
        var isDone = _request.Plan.Guest == ScaleGuest.Lines && down.End == VmEnd.PowerOff;
        var isExpected = isDone || (_isStopping && down.End == VmEnd.Stopped);
        if (Fleet.TakeDown(down.Vm, isExpected, $"{down.Vm} ended ({down.End}{(down.Detail is { } detail ? $": {detail}" : "")})", now))
            _traffic.End(down.Vm, isDone, down.Ports.IsDefaultOrEmpty ? null : down.Ports[0]);
    }

    private ActorSelection? Any(int turn)
    {
        var answering = Book.Answering;
        if (answering.Count == 0)
            answering = Book.Addresses;
        return answering.Count == 0 ? null : EntranceOf(answering[(int)((uint)turn % answering.Count)]);
    }

    private ActorSelection EntranceOf(string address)
    {
        if (!_entrances.TryGetValue(address, out var entrance))
            _entrances.Add(address, entrance = _system.ActorSelection(NodeSettings.EntranceOf(address, _usesTls)));
        return entrance;
    }
}
