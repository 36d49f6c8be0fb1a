using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Hypervisor;
using Actors.Protocol;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>A machine on an actor system, in real time.</summary>
internal sealed class RealTimeHost : IMachineHost
{
    private readonly MachineOrder _order;
    private readonly ActorSystem _system;
    private readonly RealTimeParts _parts;
    private readonly string _suffix;
    private readonly IActorRef _deviceModel;
    private readonly IActorRef[] _rooms;
    private readonly MachineLedger _ledger;

    /// <param name="order">The machine.</param>
    /// <param name="system">Where it runs.</param>
    /// <param name="number">Counts the machines of a system from 1: the first has the roots' plain names.</param>
    public RealTimeHost(MachineOrder order, ActorSystem system, int number)
    {
        _order = order;
        _system = system;
        _suffix = number == 1 ? string.Empty : $"-{number}";
        _parts = new RealTimeParts(order);
        _ledger = new MachineLedger(order.Recording);
        PrimeScheduler(system);
        var services = _parts.Change(new RoomServices(new GuestRamDirectory(), TimeProvider.System), system, string.Empty);
        var hypervisor = Root(HypervisorActor.Props(new VcpuFactory(order.Guests), services), "hypervisor");
        var hsm = Root(HsmActor.Props(hypervisor, services, order.Clients), "hsm");
        _deviceModel = Root(DeviceModelActor.Props(hsm, services, _parts, order.Devices.Catalog), "device-model");
        _rooms = [hypervisor, hsm, _deviceModel];
    }

    public TimeSpan Patience => TimeSpan.FromSeconds(30);

    public TimeSpan Now => _parts.Now;

    public string? Trouble => _ledger.Trouble;

    public bool IsEnded => _ledger.IsEnded;

    public string? Divergence => null;

    public ChoiceLog? LogSoFar(string what) => null;

    public void Launch()
    {
        var observer = Root(Props.Create(() => new MachineObserver(_ledger, null)), "machine");
        _deviceModel.Tell(new MachineHop.LaunchVm(_parts.Describe(0)), observer);
    }

    public void Booted() => _parts.Arm(_order.Plan.Faults);

    public bool Wait(Func<bool> isSo, TimeSpan within) => _order.Recording.WaitFor(isSo, within);

    public InspectNode? Inspect() => StateQuestion.Ask(_system, _rooms);

    public bool WaitForState(Func<InspectNode?, bool> isSo, TimeSpan within) => StateQuestion.Wait(_order.Recording, Inspect, isSo, within);

    public void Nudge(int vcpu) => Select($"hypervisor{_suffix}/vm-0/vcpu-{vcpu}").Tell(VcpuNudge.Instance, ActorRefs.NoSender);

    public void Act(Action action) => action();

    public void Break(FaultRule rule) => _parts.Arm([rule]);

    public string PathOf(SimPart part, Bdf device, int port) => MachinePaths.Of(part, 0, device, port, _suffix);

    public void Crash(SimPart part, Bdf device, int port) => Select(PathOf(part, device, port)).Tell(Kill.Instance, ActorRefs.NoSender);

    public void CrashNode() => throw new NotSupportedException("A machine in real time is on the test's own actor system: run the test in MachineWorld.Cluster to lose a node.");

    public IReadOnlyList<string> Finish(bool isHostile) => _ledger.Trouble is { } trouble ? [trouble] : [];

    public void Dispose()
    {
        // The actor system is the test's and ends with it, and the machine's actors with it.
    }

    private ActorSelection Select(string path) => _system.ActorSelection("/user/" + path);

    private IActorRef Root(Props props, string name) => _system.ActorOf(props, name + _suffix);

    /// <summary>The scheduler's thread must start from this thread: started from inside actors it can starve the pool it waits for (Akka 1.5.74).</summary>
    private static void PrimeScheduler(ActorSystem system)
    {
        using var started = new ManualResetEventSlim();
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, started.Set);
        started.Wait(TimeSpan.FromSeconds(10));
    }
}
