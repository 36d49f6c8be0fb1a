using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>
/// The trace of a run: gives each event its moment, a place in a rolling hash, and to who wants it. Keeps nothing: who wants to keep events is an observer.
/// </summary>
public sealed class WorldTrace : PathTrace
{
    private readonly List<IActorRef> _actors = [];
    private readonly List<ActorRole> _roles = [];
    private readonly List<WorldObserver> _send = [];
    private readonly List<WorldObserver> _receive = [];
    private readonly List<WorldObserver> _memory = [];
    private readonly List<WorldObserver> _path = [];
    private readonly List<WorldObserver> _slot = [];
    private readonly List<WorldObserver> _backend = [];
    private readonly List<WorldObserver> _fault = [];
    private readonly List<WorldObserver> _life = [];
    private readonly List<WorldObserver> _step = [];
    private readonly List<WorldObserver> _cluster = [];
    private readonly List<WorldObserver> _all = [];
    private readonly SimHost _host;
    private Dictionary<int, int>? _restarts;
    private int _sequence;
    private int _cause;
    private int _actor = -1;
    private ulong _hash = 0xCBF2_9CE4_8422_2325;

    internal WorldTrace(SimHost host) => _host = host;

    /// <summary>Hash of everything so far.</summary>
    public ulong Hash => _hash;

    /// <summary>Events so far.</summary>
    public int Count => _sequence;

    /// <summary>The actor at work, or -1.</summary>
    public int CurrentActor => _actor;

    /// <summary>Incarnation of the actor at work, from 1; 0: the world itself.</summary>
    public int CurrentIncarnation => _actor < 0 ? 0 : _restarts is null ? 1 : 1 + _restarts.GetValueOrDefault(_actor);

    /// <summary>The moment now, as of the last event.</summary>
    public Moment Now => new(_host.Scheduler.Ticks, _host.Steps, _sequence, _cause, _actor);

    /// <summary>Name of an actor by its number, such as <c>hsm/vm-0</c>; "-" for -1.</summary>
    public string ActorName(int number) => (uint)(number - World.FirstActor) < (uint)_actors.Count ? NameOf(_actors[number - World.FirstActor]) : "-";

    /// <summary>Names of all actors, from number <see cref="World.FirstActor"/> on.</summary>
    public ImmutableArray<string> ActorNames => [.. _actors.Select(NameOf)];

    /// <inheritdoc/>
    public override void Record(in PathStep step)
    {
        var moment = Next(TraceHash.Path, (ulong)step.Hop | ((ulong)(uint)step.Vm.Value << 8) | ((ulong)(byte)step.Vcpu << 40), step.Sequence, (ulong)step.Detail ^ step.Access.Address ^ (step.Access.Value << 17));
        foreach (var observer in _path)
            observer.OnPath(moment, step);
    }

    /// <inheritdoc/>
    public override void Record(in SlotStep step)
    {
        var moment = Next(TraceHash.Slot, ((ulong)step.From << 4) | (ulong)step.To | ((ulong)step.Owner << 8) | ((ulong)(uint)step.Vm.Value << 16), step.Sequence, ((ulong)step.Epoch << 8) | (uint)step.Vcpu);
        foreach (var observer in _slot)
            observer.OnSlot(moment, step);
    }

    /// <inheritdoc/>
    public override void Record(in LifeStep step)
    {
        if (step.Change == LifeChange.Restarted)
            NoteRestart(step.Actor);

        var moment = Next(TraceHash.Life, ((ulong)step.Change << 32) | (uint)step.Incarnation, (ulong)(uint)step.Vm.Value, (ulong)step.Actor.Length);
        foreach (var observer in _life)
            observer.OnLife(moment, step);
    }

    /// <inheritdoc/>
    public override void Record(in DropStep step)
    {
        var (_, device, port) = MachineNames.Parse(step.Port);
        Backend(
            new BackendEvent(
                step.Vm, MachineNames.Function(device), port, BackendEventKind.DroppedOutput, (int)Math.Min(step.Length, int.MaxValue), 0, step.Offset, step.Reason),
            default);
    }

    private void NoteRestart(string actor)
    {
        for (var number = World.FirstActor + _actors.Count - 1; number >= World.FirstActor; number--)
        {
            if (ActorName(number) != actor)
                continue;
            _restarts ??= [];
            _restarts[number] = _restarts.GetValueOrDefault(number) + 1;
            return;
        }
    }

    internal void Attach(WorldObserver observer)
    {
        _all.Add(observer);
        var interest = observer.Interest;
        AddIf(WorldInterest.Send, _send);
        AddIf(WorldInterest.Receive, _receive);
        AddIf(WorldInterest.Memory, _memory);
        AddIf(WorldInterest.Path, _path);
        AddIf(WorldInterest.Slot, _slot);
        AddIf(WorldInterest.Backend, _backend);
        AddIf(WorldInterest.Fault, _fault);
        AddIf(WorldInterest.Life, _life);
        AddIf(WorldInterest.Step, _step);
        AddIf(WorldInterest.Cluster, _cluster);

        void AddIf(WorldInterest wanted, List<WorldObserver> list)
        {
            if ((interest & wanted) != 0)
                list.Add(observer);
        }
    }

    internal void Adopted(IActorRef actor) => _actors.Add(actor);

    /// <summary>What an actor is, by its number.</summary>
    internal ActorRole RoleOf(int number)
    {
        var index = number - World.FirstActor;
        if ((uint)index >= (uint)_actors.Count)
            return default;
        while (_roles.Count <= index)
            _roles.Add(ActorRole.Of(_actors[_roles.Count].Path));
        return _roles[index];
    }

    /// <summary>A message was given to a link or mailbox; the number of the event goes with it.</summary>
    internal int Send(in SendEvent send)
    {
        var moment = Next(
            send.IsDelivered ? TraceHash.Send : TraceHash.Lost,
            ((ulong)(uint)send.From << 32) | (uint)send.To,
            _host.Digest.Of(send.Message),
            send.Site is null ? 0 : (ulong)send.Site.Name.Length);
        foreach (var observer in _send)
            observer.OnSend(moment, send);
        return moment.Sequence;
    }

    /// <summary>An actor took a message: what follows is because of it.</summary>
    internal void Receive(in ReceiveEvent receive, int send)
    {
        _actor = receive.Actor;
        _cause = send;
        var moment = Next(TraceHash.Receive, (ulong)(uint)receive.Actor, (ulong)(uint)send, 0);
        _cause = moment.Sequence;
        foreach (var observer in _receive)
            observer.OnReceive(moment, receive);
    }

    internal void Memory(in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        var moment = Next(
            TraceHash.Memory,
            access.Address,
            ((ulong)(uint)access.Length << 32) | ((ulong)access.Who << 2) | (access.IsWrite ? 1UL : 0) | (access.IsRefused ? 2UL : 0) | ((ulong)(uint)access.Vm.Value << 8),
            TraceHash.Of(data));
        foreach (var observer in _memory)
            observer.OnMemory(moment, access, data);
    }

    internal void Backend(in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        var moment = Next(
            TraceHash.Backend,
            ((ulong)happened.Kind << 32) | (uint)happened.Count,
            ((ulong)happened.Device.RequesterId << 32) | ((ulong)(uint)happened.Vm.Value << 8) | (uint)happened.Port,
            TraceHash.Of(data));
        foreach (var observer in _backend)
            observer.OnBackend(moment, happened, data);
    }

    internal void Fault(in FaultEvent fault)
    {
        var moment = Next(TraceHash.Fault, ((ulong)fault.Kind << 32) | (uint)fault.Rule, (ulong)fault.Occurrence, (ulong)fault.Detail ^ (ulong)(uint)fault.Target);
        foreach (var observer in _fault)
            observer.OnFault(moment, fault);
    }

    internal void Cluster(in ClusterEvent happened)
    {
        var moment = Next(
            TraceHash.Cluster, ((ulong)happened.Kind << 32) | (uint)happened.Node, happened.Token, ((ulong)(uint)happened.Vm << 32) ^ ((ulong)(uint)happened.Machine << 16) ^ (uint)happened.Other);
        foreach (var observer in _cluster)
            observer.OnCluster(moment, happened);
    }

    internal void Phase(WorldPhase phase)
    {
        _actor = -1;
        _cause = 0;
        var moment = Next(TraceHash.Phase, (ulong)phase, 0, 0);
        foreach (var observer in _all)
            observer.OnPhase(moment, phase);
    }

    /// <summary>A step is over.</summary>
    internal void EndStep()
    {
        if (_step.Count > 0)
        {
            var moment = Now;
            foreach (var observer in _step)
                observer.OnStep(moment);
        }

        _actor = -1;
        _cause = 0;
    }

    /// <summary>A timer runs: what follows is because of it.</summary>
    internal void BeginTimer()
    {
        _actor = -1;
        _cause = 0;
        _cause = Next(TraceHash.Timer, (ulong)_host.Scheduler.Ticks, 0, 0).Sequence;
    }

    private static string NameOf(IActorRef actor) => string.Join('/', actor.Path.Elements.Skip(1));

    private Moment Next(ulong kind, ulong a, ulong b, ulong c)
    {
        _sequence++;
        _hash = TraceHash.Mix(TraceHash.Mix(TraceHash.Mix(_hash ^ kind, a ^ (ulong)_host.Scheduler.Ticks), b), c);
        return new Moment(_host.Scheduler.Ticks, _host.Steps, _sequence, _cause, _actor);
    }
}
