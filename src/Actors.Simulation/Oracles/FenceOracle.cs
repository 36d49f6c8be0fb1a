using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I19, requests and interrupts: after a reset of the machine nothing of an earlier epoch has an effect. Who has begun an epoch sends nothing of another one, and
/// an interrupt of another one isn't injected.
/// </summary>
internal sealed class FenceOracle : VcpuOracle
{
    private Epochs[] _epochs = [];
    private uint _received;
    private bool _isInterrupt;

    /// <inheritdoc/>
    public override string Id => "I19";

    /// <inheritdoc/>
    public override string Statement => "Once a reset has begun an epoch, no completion, dispatch, doorbell or interrupt of an earlier one has an effect.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Slot | WorldInterest.Send | WorldInterest.Receive | WorldInterest.Path;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _epochs = new Epochs[Vms];
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        if (step.Owner != SlotOwner.Setup || (uint)step.Vm.Value >= (uint)Vms)
            return;
        ref var epochs = ref _epochs[step.Vm.Value];
        ref var epoch = ref step.View == SlotView.Hypervisor ? ref epochs.Hypervisor : ref epochs.Service;
        if (step.Epoch < epoch)
            Violate(moment, $"{step.Vm} goes back from epoch {epoch} to {step.Epoch}");
        epoch = step.Epoch;
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        switch (receive.Message)
        {
            case InterruptHop.InjectMsi msi:
                _isInterrupt = true;
                _received = msi.Epoch;
                break;
            case InterruptHop.SetIrqLine line:
                _isInterrupt = true;
                _received = line.Epoch;
                break;
            default:
                _isInterrupt = false;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (step.Hop != PathHop.InjectInterrupt || !_isInterrupt || (uint)step.Vm.Value >= (uint)Vms)
            return;
        var isHypervisor = World.Trace.RoleOf(moment.Actor).Part == ActorPart.Hypervisor;
        var epoch = isHypervisor ? _epochs[step.Vm.Value].Hypervisor : _epochs[step.Vm.Value].Service;
        if (_received != epoch)
            Violate(moment, $"an interrupt of epoch {_received} was injected into {step.Vm}, which is in epoch {epoch}");
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate || send.Site is null)
            return;
        (uint Epoch, ActorPart From)? fenced = send.Message switch
        {
            GuestHop.IoCompletion m => (m.Epoch, ActorPart.Hypervisor),
            GuestHop.InterruptDelivery m => (m.Epoch, ActorPart.Hypervisor),
            UpcallHop.Upcall m => (m.Epoch, ActorPart.Hypervisor),
            UpcallHop.RequestFinished m => (m.Epoch, ActorPart.Hsm),
            DispatchHop.DispatchRequest m => (m.Epoch, ActorPart.Hsm),
            DispatchHop.DoorbellSignal m => (m.Epoch, ActorPart.Hsm),
            _ => null,
        };
        if (fenced is { } sent)
            Check(moment, send, sent.Epoch, sent.From);
    }

    private void Check(in Moment moment, in SendEvent send, uint epoch, ActorPart part)
    {
        var from = World.Trace.RoleOf(send.From);
        if (from.Part != part || (uint)from.Vm >= (uint)Vms)
            return;
        var now = part == ActorPart.Hypervisor ? _epochs[from.Vm].Hypervisor : _epochs[from.Vm].Service;
        if (epoch != now)
            Violate(moment, $"{World.Trace.ActorName(send.From)} is in epoch {now} and sends {send.Message.GetType().Name} of epoch {epoch}");
    }

    private struct Epochs
    {
        public uint Hypervisor;
        public uint Service;
    }
}
