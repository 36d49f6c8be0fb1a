using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I5: a request is completed once. The completion that frees a slot is that request's own; a vCPU goes on with the answer to its outstanding exit, once; a
/// repeated answer is the same answer; a device carries out an access once.
/// </summary>
internal sealed class CompletionOracle : VcpuOracle
{
    private Record[] _records = [];
    private Finish _finish;
    private Answer _answer;
    private Answer _access;

    /// <inheritdoc/>
    public override string Id => "I5";

    /// <inheritdoc/>
    public override string Statement => "Each request is carried out once and completed once, by its own completion; stale and repeated ones change nothing.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot | WorldInterest.Path | WorldInterest.Send | WorldInterest.Receive | WorldInterest.Life;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _records = new Record[Count];
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        _finish.IsSet = false;
        _answer.IsSet = false;
        _access.IsSet = false;
        switch (receive.Message)
        {
            case UpcallHop.RequestFinished done:
                _finish = new Finish { IsSet = true, Vm = done.Vm.Value, Vcpu = done.Vcpu, Epoch = done.Epoch, Sequence = done.Sequence, Value = done.Value };
                break;
            case UpcallHop.SlotSeen seen:
                _finish = new Finish { IsSet = true, Vm = seen.Vm.Value, Vcpu = seen.Vcpu, Epoch = seen.Epoch, Sequence = seen.Sequence, Value = seen.Value };
                break;
            case GuestHop.IoCompletion completion:
                _answer = new Answer { IsSet = true, Epoch = completion.Epoch, Sequence = completion.Sequence };
                break;
            case DeviceHop.Access access:
                _access = new Answer { IsSet = true, Epoch = access.Epoch, Sequence = access.Sequence };
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0 || step.View != SlotView.Hypervisor || step.To != IoRequestSlotState.Free || step.Owner == SlotOwner.Setup)
            return;
        ref var record = ref _records[index];
        if (!_finish.IsSet || _finish.Vm != step.Vm.Value || _finish.Vcpu != step.Vcpu)
            Violate(moment, $"{NameOf(index)}: request {step.Sequence} was finished without a completion");
        else if (_finish.Epoch != step.Epoch || _finish.Sequence != step.Sequence)
            Violate(moment, $"{NameOf(index)}: the completion of request {_finish.Sequence} of epoch {_finish.Epoch} finished request {step.Sequence} of epoch {step.Epoch}");
        if (record.FreedEpoch == step.Epoch && step.Sequence <= record.FreedSequence)
            Violate(moment, $"{NameOf(index)}: request {step.Sequence} was finished after request {record.FreedSequence}");
        record.FreedEpoch = step.Epoch;
        record.FreedSequence = step.Sequence;
        record.FreedValue = _finish.Value;
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate)
            return;
        switch (send.Message)
        {
            case GuestHop.IoExit exit:
                Exits(World.Trace.RoleOf(send.From), exit);
                break;
            case GuestHop.IoCompletion completion:
                Answers(moment, World.Trace.RoleOf(send.To), completion);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        switch (step.Hop)
        {
            case PathHop.VmEntry:
                Enters(moment, step);
                break;
            case PathHop.VirtioPciRead or PathHop.VirtioPciWrite:
                Executes(moment, step);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (step.Change != LifeChange.Crashed || (uint)step.Vm.Value >= (uint)Vms)
            return;

        // Nobody knows how far the access in hand had come: it may be carried out again.
        for (var i = FirstOf(step.Vm.Value); i < EndOf(step.Vm.Value); i++)
            _records[i].MayRepeat = true;
    }

    private void Exits(ActorRole from, GuestHop.IoExit exit)
    {
        var index = from.Part == ActorPart.Vcpu ? IndexOf(from.Vm, exit.Request.Vcpu) : -1;
        if (index < 0)
            return;
        ref var record = ref _records[index];
        if (record.ExitEpoch == exit.Epoch && record.ExitSequence == exit.Request.Sequence)
            return;
        record.ExitEpoch = exit.Epoch;
        record.ExitSequence = exit.Request.Sequence;
        record.IsRead = !exit.Request.Access.IsWrite;
        record.Mask = exit.Request.Access.AllOnes;
        record.IsWaiting = true;
    }

    private void Answers(in Moment moment, ActorRole to, GuestHop.IoCompletion completion)
    {
        var index = to.Part == ActorPart.Vcpu ? IndexOf(to.Vm, to.Index) : -1;
        if (index < 0)
            return;
        ref var record = ref _records[index];
        if (record.AnsweredEpoch == completion.Epoch && record.AnsweredSequence == completion.Sequence)
        {
            if (record.AnsweredValue != completion.Value || record.AnsweredOutcome != completion.Outcome)
                Violate(moment, $"{NameOf(index)}: exit {completion.Sequence} was answered with 0x{record.AnsweredValue:x} {record.AnsweredOutcome}, and again with 0x{completion.Value:x} {completion.Outcome}");
            return;
        }

        var byService = record.FreedEpoch == completion.Epoch && record.FreedSequence == completion.Sequence;
        var isOutstanding = record.ExitEpoch == completion.Epoch && record.ExitSequence == completion.Sequence;
        var expected = record.IsRead ? record.FreedValue & record.Mask : 0;
        if (byService && isOutstanding && completion.Outcome == IoOutcome.Completed && completion.Value != expected)
            Violate(moment, $"{NameOf(index)}: request {completion.Sequence} was completed with 0x{expected:x}, its vCPU is told 0x{completion.Value:x}");
        record.AnsweredEpoch = completion.Epoch;
        record.AnsweredSequence = completion.Sequence;
        record.AnsweredValue = completion.Value;
        record.AnsweredOutcome = completion.Outcome;
    }

    private void Enters(in Moment moment, in PathStep step)
    {
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var record = ref _records[index];
        if (!record.IsWaiting)
            Violate(moment, $"{NameOf(index)} goes on with exit {step.Sequence}, but it waits for none");
        else if (!_answer.IsSet || _answer.Epoch != record.ExitEpoch || _answer.Sequence != record.ExitSequence)
            Violate(moment, $"{NameOf(index)} waits for exit {record.ExitSequence} of epoch {record.ExitEpoch}, and goes on with the answer to {_answer.Sequence} of epoch {_answer.Epoch}");
        record.IsWaiting = false;
    }

    private void Executes(in Moment moment, in PathStep step)
    {
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0 || !_access.IsSet)
            return;
        ref var record = ref _records[index];
        if (record.ExecutedEpoch == _access.Epoch && record.ExecutedSequence == step.Sequence && !record.MayRepeat)
            Violate(moment, $"{NameOf(index)}: request {step.Sequence}, {step.Access}, was carried out twice");
        record.MayRepeat = false;
        record.ExecutedEpoch = _access.Epoch;
        record.ExecutedSequence = step.Sequence;
    }

    private struct Finish
    {
        public bool IsSet;
        public int Vm;
        public int Vcpu;
        public uint Epoch;
        public ulong Sequence;
        public ulong Value;
    }

    private struct Answer
    {
        public bool IsSet;
        public uint Epoch;
        public ulong Sequence;
    }

    private struct Record
    {
        public uint ExitEpoch;
        public uint FreedEpoch;
        public uint AnsweredEpoch;
        public uint ExecutedEpoch;
        public ulong ExitSequence;
        public ulong FreedSequence;
        public ulong FreedValue;
        public ulong AnsweredSequence;
        public ulong AnsweredValue;
        public ulong ExecutedSequence;
        public ulong Mask;
        public IoOutcome AnsweredOutcome;
        public bool IsRead;
        public bool IsWaiting;
        public bool MayRepeat;
    }
}
