using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I6: once the hypervisor has looked at an exit, its vCPU is answered or its request is in a slot: no third way. Only an access that asks for the machine's end
/// is held, and a doorbell of the asyncio table may wait for room in its ring.
/// </summary>
internal sealed class WaiterOracle : VcpuOracle
{
    private Waiter[] _waiters = [];
    private bool[] _stopped = [];
    private int _touched = -1;

    /// <inheritdoc/>
    public override string Id => "I6";

    /// <inheritdoc/>
    public override string Statement => "A blocked vCPU's request is in its slot, PENDING, PROCESSING or COMPLETE, until the vCPU is answered.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot | WorldInterest.Path | WorldInterest.Send | WorldInterest.Receive | WorldInterest.Step | WorldInterest.Life;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _waiters = new Waiter[Count];
        _stopped = new bool[Vms];
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        switch (receive.Message)
        {
            case ControlHop.VmCommand { Command: VmCommandKind.Pause } command when World.Trace.RoleOf(receive.Actor).Part == ActorPart.Hypervisor:
                if ((uint)command.Vm.Value < (uint)Vms)
                    _stopped[command.Vm.Value] = true;
                break;
            case GuestHop.VcpuEnded ended:
                Stops(World.Trace.RoleOf(receive.Actor).Vm, ended.Vcpu);
                break;
            case GuestHop.VcpuPaused paused:
                Stops(World.Trace.RoleOf(receive.Actor).Vm, paused.Vcpu);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        // A crashed vCPU waits for nothing any more; a crashed VM in the hypervisor says itself what becomes of it.
        if (step.Change != LifeChange.Crashed)
            return;
        var role = ActorRole.Of(step.Actor);
        if (role.Part is not (ActorPart.Vcpu or ActorPart.Hypervisor))
            return;
        if (role.Part == ActorPart.Vcpu)
            Stops(role.Vm, role.Index);
        else if ((uint)role.Vm < (uint)Vms)
            _stopped[role.Vm] = true;
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (step.Hop is not (PathHop.EmulateIo or PathHop.HypervisorHandler))
            return;
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var waiter = ref _waiters[index];
        if (step.Hop == PathHop.HypervisorHandler)
        {
            waiter.HandledSequence = step.Sequence;
            return;
        }

        waiter.Sequence = step.Sequence;
        waiter.IsStopped = false;
        waiter.MayPark = step.Access.IsWrite && HasAsyncio(step.Vm.Value);
        _touched = index;
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        if (step.View != SlotView.Hypervisor)
            return;
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var waiter = ref _waiters[index];
        if (step.Owner == SlotOwner.Setup)
        {
            waiter = default;
            _stopped[step.Vm.Value] = false;
            return;
        }

        waiter.SlotSequence = step.To == IoRequestSlotState.Free ? 0 : step.Sequence;
        if (step.To == IoRequestSlotState.Free)
            _touched = index;
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate || send.Message is not GuestHop.IoCompletion completion)
            return;
        var to = World.Trace.RoleOf(send.To);
        var index = to.Part == ActorPart.Vcpu ? IndexOf(to.Vm, to.Index) : -1;
        if (index >= 0)
            _waiters[index].AnsweredSequence = completion.Sequence;
    }

    /// <inheritdoc/>
    public override void OnStep(in Moment moment)
    {
        if (_touched < 0)
            return;
        ref var waiter = ref _waiters[_touched];
        if (waiter.Sequence != 0
            && waiter.AnsweredSequence != waiter.Sequence && waiter.SlotSequence != waiter.Sequence && waiter.HandledSequence != waiter.Sequence
            && !waiter.MayPark && !waiter.IsStopped && !_stopped[VmOf(_touched)])
        {
            Violate(moment, $"{NameOf(_touched)} waits for exit {waiter.Sequence}, which is neither answered nor in its slot");
        }

        _touched = -1;
    }

    private void Stops(int vm, int vcpu)
    {
        var index = IndexOf(vm, vcpu);
        if (index >= 0)
            _waiters[index].IsStopped = true;
    }

    private bool HasAsyncio(int vm)
    {
        if (World.SpecOf(vm) is not { } machine)
            return false;
        foreach (var device in machine.AllDevices)
        {
            if (device.Asyncio)
                return true;
        }

        return false;
    }

    private struct Waiter
    {
        public ulong Sequence;
        public ulong AnsweredSequence;
        public ulong SlotSequence;
        public ulong HandledSequence;
        public bool MayPark;
        public bool IsStopped;
    }
}
