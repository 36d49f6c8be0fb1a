using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// L7: no enabled interrupt remains undelivered. Of each vector and line: the last that a device raised was applied in the hypervisor; what was applied was offered to
/// a vCPU or taken by it afterwards; and an offer reached its vCPU. Judged at the end, of VMs that still run: edges may merge, but not to none.
/// </summary>
internal sealed class InterruptDeliveryOracle : VcpuOracle
{
    private const int Vectors = 256;
    private const int Lines = PlatformSpec.IoApicPins;

    private Machine[] _machines = [];
    private InterruptHop.InjectMsi? _msi;
    private InterruptHop.SetIrqLine? _line;

    /// <inheritdoc/>
    public override string Id => "L7";

    /// <inheritdoc/>
    public override string Statement => "At the end no interrupt that a device raised is on its way, and none that was offered has not reached its vCPU.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Send | WorldInterest.Receive | WorldInterest.Path | WorldInterest.Slot;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _machines = new Machine[Vms];
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        // An epoch begins: what was on its way is void.
        if (step.Owner == SlotOwner.Setup && step.View == SlotView.Hypervisor && step.Vcpu == 0 && (uint)step.Vm.Value < (uint)Vms)
        {
            ref var machine = ref _machines[step.Vm.Value];
            machine.Epoch = step.Epoch;
            machine.IsPaused = false;
            if (machine.Vector is null)
            {
                machine.Vector = new Edge[Vectors];
                machine.Line = new Level[Lines];
                return;
            }

            Array.Clear(machine.Vector);
            Array.Clear(machine.Line!);
        }
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate)
            return;
        switch (send.Message)
        {
            case InterruptHop.InjectMsi msi when ReferenceEquals(send.Site, LinkSite.IrqRaise):
                if (Machines(msi.Vm.Value, msi.Epoch))
                {
                    ref var edge = ref _machines[msi.Vm.Value].Vector![msi.Data & 0xFF];
                    edge.RaisedSequence = Math.Max(edge.RaisedSequence, msi.Sequence);
                }

                break;
            case InterruptHop.SetIrqLine line when ReferenceEquals(send.Site, LinkSite.IrqRaise):
                if (Machines(line.Vm.Value, line.Epoch) && (uint)line.Gsi < Lines)
                {
                    ref var level = ref _machines[line.Vm.Value].Line![line.Gsi];
                    if (line.Sequence > level.RaisedSequence)
                    {
                        level.RaisedSequence = line.Sequence;
                        level.IsHigh = line.Operation == IrqLineOperation.SetHigh;
                    }
                }

                break;
            case GuestHop.InterruptDelivery delivery when World.Trace.RoleOf(send.To) is { Part: ActorPart.Vcpu } to:
                if (Machines(to.Vm, delivery.Epoch))
                {
                    ref var edge = ref _machines[to.Vm].Vector![delivery.Vector];
                    edge.Offered = moment.Sequence;
                    if (delivery.Sequence > edge.Offer)
                    {
                        edge.Offer = delivery.Sequence;
                        edge.HasArrived = false;
                    }
                }

                break;
            case GuestHop.InterruptAccepted accepted when World.Trace.RoleOf(send.From) is { Part: ActorPart.Vcpu } from:
                if (Machines(from.Vm, accepted.Epoch))
                    _machines[from.Vm].Vector![accepted.Vector].Offered = moment.Sequence;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        _msi = null;
        _line = null;
        switch (receive.Message)
        {
            case InterruptHop.InjectMsi msi:
                _msi = msi;
                break;
            case InterruptHop.SetIrqLine line:
                _line = line;
                break;
            case GuestHop.InterruptDelivery delivery:
                var role = World.Trace.RoleOf(receive.Actor);
                if (Machines(role.Vm, delivery.Epoch))
                {
                    ref var edge = ref _machines[role.Vm].Vector![delivery.Vector];
                    edge.HasArrived |= edge.Offer == delivery.Sequence;
                }

                break;
            case ControlHop.VmCommand { Command: VmCommandKind.Pause } command when (uint)command.Vm.Value < (uint)Vms:
                _machines[command.Vm.Value].IsPaused = true;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (step.Hop != PathHop.InjectInterrupt || World.Trace.RoleOf(moment.Actor).Part != ActorPart.Hypervisor)
            return;
        if (_msi is { } msi && Machines(step.Vm.Value, msi.Epoch))
        {
            ref var edge = ref _machines[step.Vm.Value].Vector![msi.Data & 0xFF];
            edge.Applied = moment.Sequence;
            edge.AppliedSequence = Math.Max(edge.AppliedSequence, msi.Sequence);
        }
        else if (_line is { } line && Machines(step.Vm.Value, line.Epoch) && (uint)line.Gsi < Lines)
        {
            ref var level = ref _machines[step.Vm.Value].Line![line.Gsi];
            level.AppliedSequence = Math.Max(level.AppliedSequence, line.Sequence);
        }
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        for (var vm = 0; vm < Vms; vm++)
        {
            ref var machine = ref _machines[vm];
            if (machine.Vector is null || machine.IsPaused || World.IsOver(vm))
                continue;
            for (var vector = 0; vector < Vectors; vector++)
                Judge(moment, vm, vector, machine.Vector[vector]);
            for (var gsi = 0; gsi < Lines; gsi++)
            {
                var level = machine.Line![gsi];
                if (level.RaisedSequence > level.AppliedSequence)
                    Violate(moment, $"vm-{vm} gsi {gsi}: the last change, {level.RaisedSequence}, to {(level.IsHigh ? "high" : "low")}, never reached the hypervisor, the last that did was {level.AppliedSequence}");
            }
        }
    }

    private void Judge(in Moment moment, int vm, int vector, in Edge edge)
    {
        if (edge.RaisedSequence > edge.AppliedSequence)
            Violate(moment, $"vm-{vm} vector 0x{vector:x}: interrupt {edge.RaisedSequence} was raised and never injected, the last injected was {edge.AppliedSequence}");
        else if (edge.Applied > edge.Offered)
            Violate(moment, $"vm-{vm} vector 0x{vector:x}: interrupt {edge.AppliedSequence} was injected and never offered to a vCPU");
        else if (edge.Offer != 0 && !edge.HasArrived)
            Violate(moment, $"vm-{vm} vector 0x{vector:x}: offer {edge.Offer} never reached its vCPU");
    }

    private bool Machines(int vm, uint epoch) => (uint)vm < (uint)Vms && _machines[vm].Vector is not null && _machines[vm].Epoch == epoch;

    private struct Machine
    {
        public uint Epoch;
        public bool IsPaused;
        public Edge[]? Vector;
        public Level[]? Line;
    }

    /// <summary>A vector of one device; moments are numbers of events.</summary>
    private struct Edge
    {
        public ulong RaisedSequence;
        public ulong AppliedSequence;
        public ulong Offer;
        public int Applied;
        public int Offered;
        public bool HasArrived;
    }

    private struct Level
    {
        public ulong RaisedSequence;
        public ulong AppliedSequence;
        public bool IsHigh;
    }
}
