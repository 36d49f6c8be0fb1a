using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation.Tests;

/// <summary>Plays hand-made events to one oracle: no world runs.</summary>
internal sealed class OracleStage : IDisposable
{
    private readonly SimHost _host = new();
    private readonly World _world;
    private readonly Oracle _oracle;
    private int _sequence;

    public OracleStage(Oracle oracle, Plan? plan = null)
    {
        plan ??= new Plan { Name = "stage", Topology = new PlanTopology { Vcpus = 2 } };

        // The host makes its actor system with its first run.
        _host.Run(new RunRequest(new Plan { Name = "curtain", Check = ["none"], Workload = new PlanWorkload { Bytes = 1 } }, 1));
        _world = new World(_host, new RunRequest(plan, 1));
        foreach (var name in Cast)
            _world.Trace.Adopted(new Extra(name));
        _oracle = oracle;
        oracle.OnBegin(_world);
    }

    private static ImmutableArray<string> Cast =>
        ["hypervisor/vm-0", "hypervisor/vm-0/vcpu-0", "hypervisor/vm-0/vcpu-1", "hsm/vm-0", "device-model/vm-0", "device-model/vm-0/pci-0.3.0", "launcher"];

    public static int Hypervisor => World.FirstActor;

    public static int Vcpu0 => World.FirstActor + 1;

    public static int Vcpu1 => World.FirstActor + 2;

    public static int Hsm => World.FirstActor + 3;

    public static int DeviceModel => World.FirstActor + 4;

    public static int Device => World.FirstActor + 5;

    public static int Launcher => World.FirstActor + 6;

    public static VmId Vm => new(0);

    /// <summary>Virtual time.</summary>
    public TimeSpan Now { get; set; }

    /// <summary>Number of the step.</summary>
    public long Step { get; set; } = 1;

    /// <summary>What the oracle said.</summary>
    public IReadOnlyList<Violation> Said => _world.Violations;

    public OracleStage Slot(
        IoRequestSlotState from, IoRequestSlotState to, SlotOwner owner, ulong sequence, SlotView view = SlotView.Hypervisor, uint epoch = 1, int vcpu = 0, int actor = 0)
    {
        _oracle.OnSlot(At(actor != 0 ? actor : view == SlotView.Hypervisor ? Hypervisor : Hsm), new SlotStep(Vm, epoch, vcpu, sequence, from, to, owner, view));
        return this;
    }

    public OracleStage SetUp(uint epoch = 1) => SetUp(SlotView.Hypervisor, epoch).SetUp(SlotView.Service, epoch);

    public OracleStage SetUp(SlotView view, uint epoch)
    {
        for (var vcpu = 0; vcpu < 2; vcpu++)
            Slot(IoRequestSlotState.Free, IoRequestSlotState.Free, SlotOwner.Setup, 0, view, epoch, vcpu, -1);
        return this;
    }

    public OracleStage Insert(ulong sequence, uint epoch = 1) =>
        Slot(IoRequestSlotState.Free, IoRequestSlotState.Pending, SlotOwner.Hypervisor, sequence, SlotView.Hypervisor, epoch);

    public OracleStage Begin(ulong sequence, uint epoch = 1) =>
        Slot(IoRequestSlotState.Pending, IoRequestSlotState.Processing, SlotOwner.Hsm, sequence, SlotView.Service, epoch);

    public OracleStage Complete(ulong sequence, uint epoch = 1) =>
        Slot(IoRequestSlotState.Processing, IoRequestSlotState.Complete, SlotOwner.Client, sequence, SlotView.Service, epoch);

    public OracleStage Free(ulong sequence, uint epoch = 1) =>
        Slot(IoRequestSlotState.Complete, IoRequestSlotState.Free, SlotOwner.Hypervisor, sequence, SlotView.Hypervisor, epoch);

    public OracleStage Path(PathHop hop, ulong sequence, IoAccess access = default, int vcpu = 0, long detail = 0, string? name = null, int actor = 0)
    {
        _oracle.OnPath(At(actor), new PathStep(hop, Vm, vcpu, sequence, access, detail, name));
        return this;
    }

    public OracleStage Send(int from, int to, object message, LinkSite? site = null, bool isLate = false)
    {
        _oracle.OnSend(At(from), new SendEvent(site ?? LinkSite.VcpuExit, from, to, message, true, isLate));
        return this;
    }

    public OracleStage Receive(int actor, object message)
    {
        _oracle.OnReceive(At(actor), new ReceiveEvent(actor, message));
        return this;
    }

    public OracleStage Life(string actor, LifeChange change, string? reason = null)
    {
        _oracle.OnLife(At(-1), new LifeStep(Vm, actor, change, 0, reason));
        return this;
    }

    public OracleStage Fault(int rule, FaultEventKind kind, int target)
    {
        _oracle.OnFault(At(-1), new FaultEvent(rule, kind, 1, target, 0));
        return this;
    }

    public OracleStage EndStep()
    {
        _oracle.OnStep(At(-1));
        Step++;
        return this;
    }

    public OracleStage Phase(WorldPhase phase)
    {
        _oracle.OnPhase(At(-1), phase);
        return this;
    }

    /// <summary>The oracle has nothing to say.</summary>
    public void IsContent() => Assert.Empty(Said);

    /// <summary>The oracle objects, and its sentence has these words in it.</summary>
    public void Objects(params string[] words)
    {
        var said = Assert.Single(Said);
        Assert.Equal(_oracle.Id, said.Oracle);
        foreach (var word in words)
            Assert.Contains(word, said.What, StringComparison.Ordinal);
        Dispose();
    }

    public void Dispose() => _host.Dispose();

    private Moment At(int actor) => new(Now.Ticks, Step, ++_sequence, 0, actor);

    /// <summary>A name among the cast.</summary>
    private sealed class Extra(string name) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "user" / name.Split('/');

        public override IActorRefProvider Provider => throw new NotSupportedException();
    }
}
