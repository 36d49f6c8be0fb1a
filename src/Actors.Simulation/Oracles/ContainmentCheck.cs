using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I22, containment in its strong form: what a VM sees, and what comes out of it, is the same whether the VM beside it attacks or powers off at once. The same seed
/// runs twice, with a schedule in which the order among one VM's actors doesn't depend on another's (<see cref="IsolatedStrategy"/>); then the victims' parts of the
/// traces are compared, without their times.
/// </summary>
internal static class ContainmentCheck
{
    /// <summary>Id of the oracle.</summary>
    public const string Id = "I22";

    /// <summary>Two VMs, of which the first attacks.</summary>
    public static Plan HostilePlan { get; } = CanaryPlans.Of("containment", "hostile") with
    {
        Topology = new PlanTopology { Vms = 2, Devices = [new PlanDevice { Policy = PortPolicy.Block }] },
    };

    /// <summary>Null, or how the victims differ. Says nothing of a plan whose workload has nobody who attacks.</summary>
    public static Violation? Judge(SimHost host, RunRequest request)
    {
        if (request.Plan.Workload.Kind != HostilePlan.Workload.Kind)
            return null;
        var with = Project(host, request);
        var plan = request.Plan;
        var quiet = plan with { Workload = plan.Workload with { Options = plan.Workload.Options.SetItem("attack", "off") } };
        var without = Project(host, request with { Plan = quiet });
        for (var vm = 1; vm < plan.Topology.Vms; vm++)
        {
            if (VictimProjection.Difference(with, without, vm) is { } difference)
                return new Violation(Id, $"vm {vm}: {difference}", default);
        }

        return null;
    }

    private static VictimProjection Project(SimHost host, RunRequest request)
    {
        var projection = new VictimProjection(request.Plan.Topology.Vms);
        host.Run(request with { IsIsolated = true, Observers = [projection], RecordsTrace = false, RecordsChoices = false });
        return projection;
    }
}

/// <summary>What each VM of a world sees and does: kinds of events, each in its order, without times and numbers of actors.</summary>
internal sealed class VictimProjection(int vms) : WorldObserver
{
    private const int Kinds = 4;

    private static readonly string[] Names = ["answers of registers", "accesses of RAM", "what moved at backends", "slots"];

    private readonly ulong[] _hashes = new ulong[vms * Kinds];
    private readonly long[] _counts = new long[vms * Kinds];
    private World _world = null!;

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Send | WorldInterest.Memory | WorldInterest.Backend | WorldInterest.Slot;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        _world = world;
        _ = world.Virtio;
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.Message is DeviceHop.AccessDone done && _world.Virtio.DeviceOf(send.From) is { } device)
            Add(device.Vm, 0, TraceHash.Mix(TraceHash.Mix((ulong)(uint)done.Vcpu, done.Sequence), done.Value));
    }

    /// <inheritdoc/>
    public override void OnMemory(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        if (access.Who == MemoryUser.Device)
            Add(access.Vm, 1, TraceHash.Mix(TraceHash.Mix(access.Address, ((ulong)(uint)access.Length << 1) | (access.IsWrite ? 1UL : 0)), TraceHash.Of(data)));
    }

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        if (happened.Kind is BackendEventKind.Accepted or BackendEventKind.Given)
            Add(happened.Vm, 2, TraceHash.Mix(((ulong)happened.Kind << 32) | (uint)happened.Port, TraceHash.Of(data)));
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step) =>
        Add(step.Vm, 3, TraceHash.Mix(((ulong)step.From << 8) | ((ulong)step.To << 4) | (ulong)step.Owner | ((ulong)(uint)step.Vcpu << 16), step.Sequence));

    /// <summary>Null, or in what a VM's parts differ.</summary>
    public static string? Difference(VictimProjection with, VictimProjection without, int vm)
    {
        for (var kind = 0; kind < Kinds; kind++)
        {
            var at = (vm * Kinds) + kind;
            if (with._counts[at] != without._counts[at] || with._hashes[at] != without._hashes[at])
                return $"{Names[kind]} differ with another VM's attack ({with._counts[at]} with it, {without._counts[at]} without)";
        }

        return null;
    }

    private void Add(VmId vm, int kind, ulong word)
    {
        var at = (vm.Value * Kinds) + kind;
        if ((uint)at >= (uint)_hashes.Length)
            return;
        _hashes[at] = TraceHash.Mix(_hashes[at], word);
        _counts[at]++;
    }
}
