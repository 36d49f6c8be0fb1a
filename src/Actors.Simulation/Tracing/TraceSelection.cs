using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Which events of a trace are wanted. An exit is everything that carries its number and everything that came of that, up to the next exit of the same vCPU: the doorbell's signal, the bytes, the interrupt.
/// Sees events in order, once.
/// </summary>
/// <param name="vm">Of which VM, or null.</param>
/// <param name="exit">Of which exit (sequence of its request), or null.</param>
/// <param name="from">From when, in ticks of 100 ns.</param>
/// <param name="to">Until when.</param>
/// <param name="vcpu">The exit's vCPU, or null: of any.</param>
/// <param name="address">Instead of an exit's number: of the first exit at this address; or null. How many exits come before one is another number in each run, where its driver waits.</param>
internal sealed class TraceSelection(int? vm = null, ulong? exit = null, long from = 0, long to = long.MaxValue, int? vcpu = null, ulong? address = null)
{
    private (int? Vm, ulong? Exit, int? Vcpu) _chosen = (vm, exit, vcpu);
    private readonly HashSet<int> _taken = [];
    private readonly Dictionary<string, int> _vms = new(StringComparer.Ordinal);

    /// <summary>Whether an event is wanted.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="actor">From an actor's number to its name.</param>
    public bool Takes(in RecordedEvent recorded, Func<int, string> actor)
    {
        var moment = recorded.Moment;
        if (moment.Ticks < from || moment.Ticks > to)
            return false;
        if (_chosen.Vm is { } wanted && VmOf(recorded, actor) is >= 0 and var of && of != wanted)
            return false;
        if ((_chosen.Exit is null && address is null) || recorded.Event is Violation)
            return true;
        if (_chosen.Exit is null && recorded.Event is PathStep { Hop: PathHop.VmExit } first && first.Access.Address == address)
            _chosen = (first.Vm.Value, first.Sequence, first.Vcpu);
        if (_chosen.Exit is not { } sequence || !BelongsTo(recorded, sequence))
            return false;
        _taken.Add(moment.Sequence);
        return true;
    }

    private bool BelongsTo(in RecordedEvent recorded, ulong sequence) => recorded.Event switch
    {
        PathStep { Vcpu: >= 0, Sequence: not 0 } step => step.Sequence == sequence && (_chosen.Vcpu ?? step.Vcpu) == step.Vcpu,
        SlotStep step => step.Sequence == sequence && (_chosen.Vcpu ?? step.Vcpu) == step.Vcpu,
        SendEvent { Message: RecordedMessage { Exit: not 0 } message } => message.Exit == sequence,
        SendEvent { Message: GuestHop.IoExit message } => message.Request.Sequence == sequence,
        _ => _taken.Contains(recorded.Moment.Cause),
    };

    /// <summary>Whose event it is; -1: nobody's.</summary>
    private int VmOf(in RecordedEvent recorded, Func<int, string> actor) => recorded.Event switch
    {
        PathStep step => step.Vm.Value,
        SlotStep step => step.Vm.Value,
        BackendEvent happened => happened.Vm.Value,
        MemoryEvent access => access.Vm.Value,
        DropStep drop => drop.Vm.Value,
        LifeStep life => VmOf(life.Actor),
        SendEvent send => VmOf(actor(send.To)) is >= 0 and var target ? target : VmOf(actor(send.From)),
        ReceiveEvent taken => VmOf(actor(taken.Actor)),
        FaultEvent fault => VmOf(actor(fault.Target)) is >= 0 and var hit ? hit : VmOf(actor(recorded.Moment.Actor)),
        _ => -1,
    };

    private int VmOf(string actor)
    {
        if (!_vms.TryGetValue(actor, out var of))
            _vms.Add(actor, of = ActorRole.Of(actor).Vm);
        return of;
    }
}
