using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I8 and the strong form of I22: what a VM sees doesn't depend on another VM. The same plan and seed run with and without the other VMs, without faults and with a schedule
/// in which the order among one VM's actors doesn't depend on another's (<see cref="IsolatedStrategy"/>): the first VM's backends take the same bytes at the same virtual
/// time, and it ends in the same way. First come, first served, even its whole trace is the same.
/// </summary>
internal static class DifferentialCheck
{
    /// <summary>Id of the check of dispatch.</summary>
    public const string Id = "I8";

    /// <summary>Null, or what the presence of the others changed. Says nothing of a plan with one VM.</summary>
    public static Violation? Judge(SimHost host, RunRequest request)
    {
        if (request.Plan.Topology.Vms < 2)
            return null;
        return Judge(host, request, isExact: false) ?? Judge(host, request, isExact: true);
    }

    private static Violation? Judge(SimHost host, RunRequest request, bool isExact)
    {
        var plan = request.Plan with { Faults = [], Strategy = isExact ? StrategyKind.RoundRobin : request.Plan.Strategy };
        var together = Project(host, request with { Plan = plan }, isExact);
        var alone = Project(host, request with { Plan = plan with { Topology = plan.Topology with { Vms = 1 } } }, isExact);
        if (together.Bytes != alone.Bytes)
            return Differ(together, $"vm-0 wrote {together.Bytes} bytes beside other VMs and {alone.Bytes} alone");
        if (together.LastByte != alone.LastByte || together.Ended != alone.Ended)
            return Differ(together, $"vm-0's last byte and end are at {Time(together.LastByte)} and {Time(together.Ended)} beside other VMs, and at {Time(alone.LastByte)} and {Time(alone.Ended)} alone");
        if (isExact && together.Hash != alone.Hash)
            return Differ(together, $"vm-0 takes other steps beside other VMs than alone: {together.Events} events and {alone.Events}");
        return null;
    }

    private static Violation Differ(VmProjection together, string what) => new(Id, what, together.Last);

    private static string Time(long ticks) => ticks < 0 ? "no time" : EventText.Time(ticks);

    private static VmProjection Project(SimHost host, RunRequest request, bool isExact)
    {
        var projection = new VmProjection(isExact);
        host.Run(request with { IsIsolated = !isExact, Observers = [projection], RecordsTrace = false, RecordsChoices = false });
        return projection;
    }

    /// <summary>What concerns the first VM, apart from the others.</summary>
    private sealed class VmProjection(bool isExact) : WorldObserver
    {
        private World _world = null!;

        public long Bytes { get; private set; }

        public long LastByte { get; private set; } = -1;

        public long Ended { get; private set; } = -1;

        public long Events { get; private set; }

        public ulong Hash { get; private set; } = 17;

        public Moment Last { get; private set; }

        public override WorldInterest Interest => isExact
            ? WorldInterest.Backend | WorldInterest.Receive | WorldInterest.Path | WorldInterest.Slot | WorldInterest.Memory
            : WorldInterest.Backend | WorldInterest.Receive;

        public override void OnBegin(World world) => _world = world;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened.Vm.Value != 0)
                return;
            Take(moment, 1, (ulong)happened.Kind, TraceHash.Of(data));
            if (happened.Kind != BackendEventKind.Accepted)
                return;
            Bytes += happened.Count;
            LastByte = moment.Ticks;
        }

        public override void OnReceive(in Moment moment, in ReceiveEvent receive)
        {
            if (receive.Message is MachineHop.VmEnded { Vm.Value: 0 })
                Ended = moment.Ticks;
            if (isExact && _world.Trace.RoleOf(receive.Actor).Vm == 0)
                Take(moment, 2, _world.Host.Digest.Of(receive.Message), 0);
        }

        public override void OnPath(in Moment moment, in PathStep step)
        {
            if (step.Vm.Value == 0)
                Take(moment, 3, (ulong)step.Hop, step.Sequence ^ ((ulong)step.Detail << 20) ^ step.Access.Address ^ (step.Access.Value << 17));
        }

        public override void OnSlot(in Moment moment, in SlotStep step)
        {
            if (step.Vm.Value == 0)
                Take(moment, 4, ((ulong)step.From << 8) | (ulong)step.To, step.Sequence ^ ((ulong)(uint)step.Vcpu << 40));
        }

        public override void OnMemory(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
        {
            if (access.Vm.Value == 0)
                Take(moment, 5, access.Address, TraceHash.Of(data) ^ (access.IsWrite ? 1UL : 0));
        }

        private void Take(in Moment moment, ulong kind, ulong a, ulong b)
        {
            Events++;
            Last = moment;
            Hash = TraceHash.Mix(TraceHash.Mix(Hash ^ kind, a ^ (ulong)moment.Ticks), b);
        }
    }
}
