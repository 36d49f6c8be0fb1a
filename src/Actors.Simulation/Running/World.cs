using System.Collections.Immutable;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Hypervisor;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>
/// One run: the production actors, unchanged, on one thread, in virtual time, with a seeded choice wherever reality would have one. The same build, seed and
/// plan give the same trace.
/// </summary>
public sealed class World
{
    /// <summary>Number of the first actor of a run; those below are the actor system's own.</summary>
    internal const int FirstActor = 1000;

    /// <summary>Steps a VM without a timer after which the next timer runs, though somebody is ready.</summary>
    private const int MaxStepsAtOneTime = 16384;

    /// <summary>What a run promises for the time after its faults have healed. One that had no such time says nothing about it.</summary>
    private static readonly string[] OwedAfterHeal = ["L1", "L2", "L3", "L4", "L5", "L7", "W1"];

    private readonly SimHost _host;
    private readonly WorldSchedule _schedule;
    private readonly WorkloadRun _workload;
    private readonly LinkLatency? _latency;
    private readonly List<Violation> _violations = [];
    private readonly SortedSet<string> _reached = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, SimActor> _actors = new(ReferenceEqualityComparer.Instance);
    private readonly List<SimActor> _inOrder = [];
    private readonly List<IActorRef> _roots = [];
    private readonly SortedDictionary<int, MachineHop.VmEnded> _ended = [];
    private readonly SortedDictionary<int, string> _refused = [];
    private readonly List<Oracle> _oracles = [];
    private readonly HashSet<string> _muted = new(StringComparer.Ordinal);
    private TraceRecorder? _recorder;
    private bool _watchesSlots;
    private VirtioModel? _virtio;
    private PortLedger? _ports;
    private long _timerStep;
    private int _send;
    private ILinkInterceptor _links = null!;
    private PathTrace _path = null!;
    private RoomVariants? _variants;
    private int _machines;

    internal World(SimHost host, RunRequest request)
    {
        _host = host;
        Request = request;
        Clock = new VirtualClock(host.Scheduler);
        Trace = new WorldTrace(host);
        Faults = new FaultPlane(this);
        Backends = new SimBackends(this);
        Cluster = Plan.Topology.Nodes > 1 ? new SimCluster(this) : null;
        Flaw = request.Flaw is null ? null : FlawCatalog.Find(request.Flaw) ?? throw new ArgumentException($"There is no flaw '{request.Flaw}'.", nameof(request));
        _schedule = new WorldSchedule(request);
        _latency = Plan.Topology.Latency is { } latency ? new LinkLatency(this, latency) : null;
        var kind = request.Workload ?? WorkloadCatalog.Find(Plan.Workload.Kind)
            ?? throw new ArgumentException($"There is no workload '{Plan.Workload.Kind}'.", nameof(request));
        _workload = kind.Begin(this);
    }

    /// <summary>What was asked for, with the faults that came later.</summary>
    public RunRequest Request { get; private set; }

    /// <summary>The plan.</summary>
    public Plan Plan => Request.Plan;

    /// <summary>The trace.</summary>
    public WorldTrace Trace { get; }

    /// <summary>Virtual time.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(_host.Scheduler.Ticks);

    /// <summary>The phase.</summary>
    public WorldPhase Phase { get; private set; }

    /// <summary>Virtual time of the heal; zero before.</summary>
    public TimeSpan HealedAt { get; private set; }

    /// <summary>Bytes that the workload moves: the plan's, or what a script reduced them to.</summary>
    public long WorkloadBytes => Request.Script?.WorkloadBytes ?? Plan.Workload.Bytes;

    /// <summary>VMs that have ended, with their reports.</summary>
    public IReadOnlyDictionary<int, MachineHop.VmEnded> Ended => _ended;

    /// <summary>VMs that could not be made, with the reason.</summary>
    public IReadOnlyDictionary<int, string> Refused => _refused;

    /// <summary>Whether every VM has ended or was refused.</summary>
    public bool AllEnded => Cluster is { } cluster ? cluster.AllDown : _machines > 0 && _ended.Count + _refused.Count >= _machines;

    /// <summary>Descriptions of the VMs.</summary>
    public ImmutableArray<VmSpec> Machines { get; internal set; } = [];

    /// <summary>What the workload still waits for, or null when all that it wants has happened.</summary>
    internal string? Unfinished => _workload.IsDone ? null : _workload.Missing;

    /// <summary>What was reported so far.</summary>
    internal IReadOnlyList<Violation> Violations => _violations;

    /// <summary>In which choice of the schedule a strict replay differs, or null; the world stands still then.</summary>
    internal string? Mismatch => _schedule.Mismatch;

    /// <summary>The choices that were made so far, if they are recorded.</summary>
    internal RunScript ScriptSoFar => new(ReplayMode.Strict, [.. Faults.Firings], _schedule.Picks) { WorkloadBytes = Request.Script?.WorkloadBytes };

    internal SimHost Host => _host;

    internal VirtualClock Clock { get; }

    internal FaultPlane Faults { get; }

    /// <summary>The logical nodes; null when there is one.</summary>
    internal SimCluster? Cluster { get; }

    internal SimBackends Backends { get; }

    internal Flaw? Flaw { get; }

    internal GuestRamDirectory Ram { get; } = new();

    /// <summary>What the trace says about virtio devices; made when the first oracle asks.</summary>
    internal VirtioModel Virtio
    {
        get
        {
            if (_virtio is null)
                Observe(_virtio = new VirtioModel());
            return _virtio;
        }
    }

    /// <summary>What the trace says about ports; made when the first oracle asks.</summary>
    internal PortLedger Ports
    {
        get
        {
            if (_ports is null)
                Observe(_ports = new PortLedger());
            return _ports;
        }
    }

    internal IReadOnlyList<IActorRef> Roots => _roots;

    /// <summary>The run's actors by number.</summary>
    internal IReadOnlyList<SimActor> Actors => _inOrder;

    /// <summary>Marks that a point was reached (for <see cref="Plan.Sometimes"/>).</summary>
    public void Mark(string point) => _reached.Add(point);

    /// <summary>Reports a violation; the first of each oracle counts.</summary>
    public void Report(Violation violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        if (!_muted.Contains(violation.Oracle) && !_violations.Exists(known => known.Oracle == violation.Oracle))
            _violations.Add(violation);
    }

    /// <summary>Lets something happen at a virtual time, as an event of its own.</summary>
    internal void At(TimeSpan time, Action action) => _host.Scheduler.At(time.Ticks, action);

    /// <summary>Number of an actor; -1: none of the run's.</summary>
    internal int NumberOf(IActorRef? actor) => actor is not null && _actors.TryGetValue(actor, out var known) ? known.Number : -1;

    /// <summary>The actor of a reference, or null.</summary>
    internal SimActor? Find(IActorRef actor) => _actors.GetValueOrDefault(actor);

    /// <summary>Delivers a link's message now.</summary>
    internal void Deliver(LinkSite site, IActorRef to, object message, IActorRef from, bool isLate)
    {
        int sender = NumberOf(from), receiver = NumberOf(to);
        if (Cluster is { } cluster && cluster.NodeOf(sender) is var here && cluster.NodeOf(receiver) is var there && here != there && here >= 0 && there >= 0)
        {
            cluster.Network.Send(site, here, there, to, message, from, isLate);
            return;
        }

        var send = Trace.Send(new SendEvent(site, sender, receiver, message, true, isLate));
        if (_latency is null)
            Arrive(send, to, message, from);
        else
            _latency.Travel(sender, receiver, () => Arrive(send, to, message, from));
    }

    /// <summary>A link's message is lost, or comes later.</summary>
    internal void Withhold(LinkSite site, IActorRef to, object message, IActorRef from) =>
        Trace.Send(new SendEvent(site, NumberOf(from), NumberOf(to), message, false, false));

    /// <summary>The actor of a number, or null.</summary>
    internal SimActor? ActorOf(int number) => (uint)(number - FirstActor) < (uint)_inOrder.Count ? _inOrder[number - FirstActor] : null;

    internal void Arrive(int send, IActorRef to, object message, IActorRef from)
    {
        _send = send;
        to.Tell(message, from);
        _send = 0;
    }

    internal void Adopted(SimActor actor)
    {
        _actors[actor.Reference] = actor;
        _inOrder.Add(actor);
        Trace.Adopted(actor.Reference);
        Cluster?.Adopted(actor);
        Faults.AtAdopted(actor);
    }

    internal bool Posting(SimActor actor, in Envelope envelope, out int send)
    {
        send = _send;
        if (actor.IsDead)
        {
            _send = 0;
            return false;
        }

        var isLink = send != 0;
        if (!isLink)
            send = Trace.Send(new SendEvent(null, NumberOf(envelope.Sender), actor.Number, envelope.Message, true, false));
        _send = 0;
        return !Faults.HasMailboxRules || Faults.AtMailbox(actor, envelope.Message, envelope.Sender, isLink);
    }

    internal void Taking(SimActor actor, in Envelope envelope, int send) => Trace.Receive(new ReceiveEvent(actor.Number, envelope.Message), send);

    internal RunResult Run()
    {
        Open();
        BeginFaults();
        return Close(RunSafety());
    }

    /// <summary>Makes the machines' actors. What they do comes with the steps.</summary>
    internal void Open()
    {
        foreach (var oracle in OracleCatalog.For(Plan))
        {
            _oracles.Add(oracle);
            Observe(oracle);
        }

        foreach (var observer in Request.Observers)
            Observe(observer);
        if (Request.RecordsTrace)
            Observe(_recorder = new TraceRecorder());
        WatchSlots();
        Begin(WorldPhase.Begin);
        Compose();
        Begin(WorldPhase.Safety);
    }

    /// <summary>From now on rules may fire.</summary>
    internal void BeginFaults() => Faults.Begin();

    /// <summary>Oracles that can't judge this run any more.</summary>
    internal void Mute(IEnumerable<string> oracles) => _muted.UnionWith(oracles);

    /// <summary>Adds a rule to the plan of a world that runs. Oracles that can't judge such a plan are heard no more.</summary>
    /// <exception cref="ArgumentException">The rule takes what must be there when the machines are made.</exception>
    internal void Break(FaultRule rule)
    {
        var hadRecords = Faults.WantsRecords;
        Request = Request with { Plan = Plan with { Faults = Plan.Faults.Add(rule) } };
        Faults.Add(rule, hadRecords);
        _host.Scheduler.Faults = Faults.HasTimerRules ? Faults : null;
        WatchSlots();
        foreach (var oracle in _oracles)
        {
            oracle.OnPlan(Plan);
            if (!oracle.Applies(Plan))
                _muted.Add(oracle.Id);
        }
    }

    /// <summary>Heals everything, sees that what was promised happens, and judges.</summary>
    /// <param name="note">Why the run is inconclusive, or null.</param>
    internal RunResult Close(string? note)
    {
        Faults.Heal();
        HealedAt = Now;
        _schedule.BeFair();
        Begin(WorldPhase.Liveness);
        if (note is null)
            note = RunLiveness();
        else
            Mute(OwedAfterHeal);
        Begin(WorldPhase.End);
        return Finish(note);
    }

    private void WatchSlots()
    {
        if (!Faults.WantsSlots || _watchesSlots)
            return;
        _watchesSlots = true;
        Observe(new SlotWatch(Faults));
    }

    private void Observe(WorldObserver observer)
    {
        Trace.Attach(observer);
        observer.OnBegin(this);
    }

    private void Begin(WorldPhase phase)
    {
        Phase = phase;
        Trace.Phase(phase);
    }

    private void Compose()
    {
        _links = new SimLinks(this);
        _links = Flaw?.Links(this, _links) ?? _links;
        _links = Request.Links?.Invoke(_links) ?? _links;
        _path = Flaw?.Trace(this, Trace) ?? Trace;
        _variants = Faults.WantsRecords ? new SimVariants(Flaw, new SimRecords(this)) : Flaw;
        if (Cluster is { } cluster)
        {
            foreach (var node in cluster.Nodes)
                cluster.Start(node);
        }
        else
        {
            var deviceModel = Compose(string.Empty, Clock);
            Machines = [.. Enumerable.Range(0, Plan.Topology.Vms).Select(_workload.Describe)];
            _machines = Machines.Length;
            Root(Props.CreateBy(new LauncherProducer(this, deviceModel)), "launcher");
        }

        _host.Scheduler.Faults = Faults.HasTimerRules ? Faults : null;
        _workload.Started();
    }

    /// <summary>Makes the root actors of a logical node.</summary>
    internal void Compose(SimNode node)
    {
        node.DeviceModel = Compose(node.Prefix, node.Clock, node);
        node.Member = Root(MemberActor.Props(Cluster!, node), node.Prefix + "member");
    }

    /// <summary>Describes an incarnation of a VM, which begins.</summary>
    internal VmSpec Describe(int machine)
    {
        var spec = _workload.Describe(machine);
        Machines = Machines.Add(spec);
        return spec;
    }

    /// <summary>A machine has ended.</summary>
    internal void Over(MachineHop.VmEnded ended) => _ended[ended.Vm.Value] = ended;

    /// <summary>Whether a machine has ended, or is gone with its node: nobody is owed anything by it.</summary>
    internal bool IsOver(int machine) => _ended.ContainsKey(machine) || (Cluster is { } cluster && cluster.IsGone(machine));

    /// <summary>Description of a machine, or null.</summary>
    internal VmSpec? SpecOf(int machine)
    {
        if (Cluster is null)
            return (uint)machine < (uint)Machines.Length ? Machines[machine] : null;
        foreach (var spec in Machines)
        {
            if (spec.Vm.Value == machine)
                return spec;
        }

        return null;
    }

    private IActorRef Compose(string prefix, TimeProvider clock, SimNode? node = null)
    {
        var services = new RoomServices(new SimMemoryDirectory(this, Ram, MemoryUser.Guest), clock, _path, _links, new SimCrashPoints(this), _variants);
        var devices = services with { Memory = new SimMemoryDirectory(this, Ram, MemoryUser.Device) };
        if (Plan.Topology.RemoteMemory || Plan.Topology.Placement == VmPlacement.Split)
        {
            services = services with { MemoryServer = Root(GuestMemoryActor.Props(devices), prefix + "memory") };
            devices = devices with { Memory = new AwayMemoryDirectory() };
        }

        var hypervisor = Root(HypervisorActor.Props(new VcpuFactory(_workload.Guests), services), prefix + "hypervisor");
        if (node is not null)
            node.Hypervisor = hypervisor;
        var hsm = Root(HsmActor.Props(hypervisor, services, Request.Clients), prefix + "hsm");
        return Root(DeviceModelActor.Props(hsm, devices, Backends, Request.Devices), prefix + "device-model");
    }

    private IActorRef Root(Props props, string name)
    {
        var root = _host.System.ActorOf(props, name);
        _roots.Insert(0, root);
        return root;
    }

    /// <summary>Faults may fire, until all is done or the time for it is over. Null, or why the run is inconclusive.</summary>
    private string? RunSafety()
    {
        var end = Plan.Budget.MaxVirtual.Ticks;
        while (true)
        {
            if (_workload.IsDone)
                return null;
            if (_host.ReadyActors.Count == 0 && (_host.Scheduler.NextDue is not { } due || due > end))
                return null;
            if (_host.Steps >= Plan.Budget.MaxSteps)
                return $"more than {Plan.Budget.MaxSteps} steps before the faults healed";
            if (!Step())
                return null;
        }
    }

    /// <summary>Everything is healed: what was promised must happen now.</summary>
    private string? RunLiveness()
    {
        var end = HealedAt.Ticks + Plan.Liveness.T4.Ticks;
        while (_host.Steps < Plan.Budget.MaxSteps)
        {
            if (_host.ReadyActors.Count == 0 && (_host.Scheduler.NextDue is not { } due || due > end))
                return null;
            if (!Step())
                return null;
        }

        Report(new Violation("L1", $"still busy after {Plan.Budget.MaxSteps} steps", Trace.Now));
        return null;
    }

    /// <summary>One message, or the next timer. False when there is neither, or the run has to end.</summary>
    internal bool Step()
    {
        if (Faults.HasStepRules)
            Faults.AtStep(_host.ReadyActors);
        if (_host.ReadyActors.Count > 0 && !IsTimeDue())
        {
            _host.StepAt(_schedule.Pick(_host.ReadyActors, _host.Steps));
            Trace.EndStep();
        }
        else
        {
            Trace.BeginTimer();
            _timerStep = _host.Steps;
            if (!_host.Advance())
                return false;
            Trace.EndStep();
        }

        return _host.Foreign is null && !_host.IsStuck && _schedule.Mismatch is null;
    }

    /// <summary>Actors that keep each other busy, as a polling vCPU and its HSM do, don't keep time from passing.</summary>
    private bool IsTimeDue() => _host.Steps - _timerStep >= (long)MaxStepsAtOneTime * Plan.Topology.Vms && _host.Scheduler.NextDue is not null;

    private RunResult Finish(string? note)
    {
        if (_host.Foreign is { } foreign)
            Report(new Violation("I30", $"a thread from outside scheduled a mailbox: {foreign}", Trace.Now));
        note = _schedule.Mismatch ?? Faults.Mismatch ?? note;
        return new RunResult
        {
            Request = Request,
            Verdict = _violations.Count > 0 ? RunVerdict.Failed : note is null ? RunVerdict.Passed : RunVerdict.Inconclusive,
            TraceHash = Trace.Hash,
            Steps = _host.Steps,
            Events = Trace.Count,
            Virtual = Now,
            HealedAt = HealedAt,
            Violations = [.. _violations],
            Faults = [.. Faults.Counts],
            Reached = [.. _reached],
            Firings = [.. Faults.Firings],
            Picks = _schedule.Picks,
            PickSteps = _schedule.PickSteps,
            Note = note,
            Recording = _recorder?.Recording(this),
        };
    }

    private sealed class LauncherProducer(World world, IActorRef deviceModel) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Launcher);

        public ActorBase Produce() => new Launcher(world, deviceModel);

        public void Release(ActorBase actor)
        {
        }
    }

    /// <summary>Asks for the machines and hears of their ends.</summary>
    private sealed class Launcher(World world, IActorRef deviceModel) : UntypedActor
    {
        protected override void PreStart()
        {
            foreach (var machine in world.Machines)
                deviceModel.Tell(new MachineHop.LaunchVm(machine), Self);
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case MachineHop.VmStarted:
                    break;
                case MachineHop.VmEnded ended:
                    world._ended[ended.Vm.Value] = ended;
                    break;
                case MachineHop.VmRefused refused:
                    world._refused[refused.Vm.Value] = refused.Reason;
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }
}
