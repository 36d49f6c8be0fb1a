using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I26: program order per vCPU. Its exits leave in their order, each behind the acceptances of the interrupts that its guest took before; completions come back, and
/// devices work, in that order. What a fault delayed or doubled is no offence of the sender; that it doesn't change the order of effects is demanded all the same.
/// </summary>
internal sealed class OrderOracle : VcpuOracle
{
    private const int Kept = 32;

    private Order[] _orders = [];
    private ulong[] _accepted = [];
    private uint _accessEpoch;
    private bool _isAccess;

    /// <inheritdoc/>
    public override string Id => "I26";

    /// <inheritdoc/>
    public override string Statement => "Exits, acceptances, completions and device accesses of a vCPU keep its program's order.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Send | WorldInterest.Receive | WorldInterest.Path;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _orders = new Order[Count];
        _accepted = new ulong[Count * Kept];
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate || send.Site is null)
            return;
        switch (send.Message)
        {
            case GuestHop.IoExit exit:
                Exits(moment, World.Trace.RoleOf(send.From), exit);
                break;
            case GuestHop.InterruptAccepted accepted:
                Accepts(World.Trace.RoleOf(send.From), accepted);
                break;
            case UpcallHop.RequestFinished finished:
                Finishes(moment, finished);
                break;
            case GuestHop.IoCompletion completion:
                Answers(moment, World.Trace.RoleOf(send.To), completion);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        _isAccess = receive.Message is DeviceHop.Access;
        if (receive.Message is DeviceHop.Access access)
            _accessEpoch = access.Epoch;
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (!_isAccess || step.Hop is not (PathHop.VirtioPciRead or PathHop.VirtioPciWrite))
            return;
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var order = ref _orders[index];
        if (order.WorkedEpoch == _accessEpoch && step.Sequence < order.Worked)
            Violate(moment, $"{NameOf(index)}: a device carried out access {step.Sequence} behind access {order.Worked}");
        order.WorkedEpoch = _accessEpoch;
        order.Worked = step.Sequence;
    }

    private void Exits(in Moment moment, ActorRole from, GuestHop.IoExit exit)
    {
        var index = from.Part == ActorPart.Vcpu ? IndexOf(from.Vm, from.Index) : -1;
        if (index < 0)
            return;
        ref var order = ref _orders[index];
        BeginEpoch(index, ref order, exit.Epoch);
        var sequence = exit.Request.Sequence;
        if (exit.Epoch < order.Epoch || (exit.Epoch == order.Epoch && sequence < order.Exit))
            Violate(moment, $"{NameOf(index)}: exit {sequence} of epoch {exit.Epoch} left behind exit {order.Exit} of epoch {order.Epoch}");
        else if (exit.Epoch == order.Epoch && exit.Taken > order.Accepted)
            Violate(moment, $"{NameOf(index)}: exit {sequence} follows {exit.Taken} interrupts, of which {order.Accepted} were acknowledged before it");
        order.Exit = Math.Max(order.Exit, sequence);
    }

    private void Accepts(ActorRole from, GuestHop.InterruptAccepted accepted)
    {
        var index = from.Part == ActorPart.Vcpu ? IndexOf(from.Vm, from.Index) : -1;
        if (index < 0)
            return;
        ref var order = ref _orders[index];
        BeginEpoch(index, ref order, accepted.Epoch);
        var known = _accepted.AsSpan(index * Kept, Kept);
        if (accepted.Epoch != order.Epoch || known.Contains(accepted.Sequence))
            return;
        known[(int)(order.Accepted % Kept)] = accepted.Sequence;
        order.Accepted++;
    }

    private void Finishes(in Moment moment, UpcallHop.RequestFinished finished)
    {
        var index = IndexOf(finished.Vm.Value, finished.Vcpu);
        if (index < 0)
            return;
        ref var order = ref _orders[index];
        if (finished.Epoch == order.FinishedEpoch && finished.Sequence < order.Finished)
            Violate(moment, $"{NameOf(index)}: request {finished.Sequence} was finished behind request {order.Finished}");
        order.FinishedEpoch = finished.Epoch;
        order.Finished = finished.Sequence;
    }

    private void Answers(in Moment moment, ActorRole to, GuestHop.IoCompletion completion)
    {
        var index = to.Part == ActorPart.Vcpu ? IndexOf(to.Vm, to.Index) : -1;
        if (index < 0)
            return;
        ref var order = ref _orders[index];
        if (completion.Epoch == order.AnsweredEpoch && completion.Sequence < order.Answered)
            Violate(moment, $"{NameOf(index)}: exit {completion.Sequence} was answered behind exit {order.Answered}");
        order.AnsweredEpoch = completion.Epoch;
        order.Answered = completion.Sequence;
    }

    private void BeginEpoch(int index, ref Order order, uint epoch)
    {
        if (epoch <= order.Epoch)
            return;
        order.Epoch = epoch;
        order.Exit = 0;
        order.Accepted = 0;
        _accepted.AsSpan(index * Kept, Kept).Clear();
    }

    private struct Order
    {
        public uint Epoch;
        public uint FinishedEpoch;
        public uint AnsweredEpoch;
        public uint WorkedEpoch;
        public uint Accepted;
        public ulong Exit;
        public ulong Finished;
        public ulong Answered;
        public ulong Worked;
    }
}
