using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>L2: after the heal no slot stays taken longer than T2, in either copy of the page, and none is taken at the end.</summary>
internal sealed class SlotDrainOracle : VcpuOracle
{
    private Slot[] _slots = [];
    private bool[] _gone = [];
    private long _nextLook = long.MaxValue;
    private bool _isHealed;

    /// <inheritdoc/>
    public override string Id => "L2";

    /// <inheritdoc/>
    public override string Statement => "After the heal every slot is FREE again within T2.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot | WorldInterest.Step | WorldInterest.Receive;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _slots = new Slot[Count];
        _gone = new bool[Vms];
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        // What a destroyed VM had in the service's copy nobody will ask for.
        if (receive.Message is ControlHop.VmCommandResult { Command: VmCommandKind.Destroy, Result: Errno.Ok } result && (uint)result.Vm.Value < (uint)Vms)
            _gone[result.Vm.Value] = true;
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var slot = ref _slots[index];
        ref var since = ref step.View == SlotView.Hypervisor ? ref slot.Hypervisor : ref slot.Service;
        var isBusy = step.To is IoRequestSlotState.Pending or IoRequestSlotState.Processing;
        since = isBusy ? moment.Ticks + 1 : 0;
        slot.Sequence = step.Sequence;
        if (isBusy && _isHealed)
            _nextLook = Math.Min(_nextLook, moment.Ticks + World.Plan.Liveness.T2.Ticks);
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        switch (phase)
        {
            case WorldPhase.Liveness:
                _isHealed = true;
                _nextLook = moment.Ticks + World.Plan.Liveness.T2.Ticks;
                break;
            case WorldPhase.End when _isHealed:
                Look(moment, long.MinValue);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnStep(in Moment moment)
    {
        if (moment.Ticks > _nextLook)
            Look(moment, World.Plan.Liveness.T2.Ticks);
    }

    private void Look(in Moment moment, long bound)
    {
        _nextLook = long.MaxValue;
        for (var i = 0; i < Count; i++)
        {
            if (_gone[VmOf(i)] || World.IsOver(VmOf(i)))
                continue;
            Look(moment, i, _slots[i].Hypervisor, bound, "hypervisor");
            Look(moment, i, _slots[i].Service, bound, "service");
        }
    }

    private void Look(in Moment moment, int index, long taken, long bound, string view)
    {
        if (taken == 0)
            return;
        var since = Math.Max(taken - 1, World.HealedAt.Ticks);
        if (moment.Ticks - since > bound)
            Violate(moment, $"the slot of {NameOf(index)} in the {view}'s page still holds request {_slots[index].Sequence}, {TimeSpan.FromTicks(moment.Ticks - since).TotalSeconds:0.###} s after the heal");
        else
            _nextLook = Math.Min(_nextLook, since + bound);
    }

    private struct Slot
    {
        // Ticks since when it is taken, plus 1; 0: it isn't.
        public long Hypervisor;
        public long Service;
        public ulong Sequence;
    }
}
