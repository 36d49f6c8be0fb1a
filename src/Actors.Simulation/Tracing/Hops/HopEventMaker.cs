using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Makes typed events of what rooms and worlds report. Sequence, time and node are set by who records.</summary>
public static class HopEventMaker
{
    /// <summary>The event of a step of the path.</summary>
    public static HopEvent Of(in PathStep step)
    {
        HopEvent made = step.Hop switch
        {
            PathHop.VmExit => new IoExitEvent { Access = step.Access },
            PathHop.EmulateIo => new EmulationEvent { Access = step.Access },
            PathHop.HypervisorHandler => new EmulationEvent { Access = step.Access, Value = (ulong)step.Detail, Handler = step.Name ?? string.Empty },
            PathHop.InsertRequest or PathHop.IoreqDispatch or PathHop.WakeClient or PathHop.IoreqTask => new IoRequestEvent { Access = step.Access, Client = step.Name },
            PathHop.FireHsmInterrupt or PathHop.AcrnIntrHandler or PathHop.IoreqIntrHandler => new UpcallEvent { Vector = (byte)step.Detail, IsRepeat = step.Name is not null },
            PathHop.AsyncioKick or PathHop.IoeventfdHandler or PathHop.IoRangeAdd or PathHop.IothreadHandler => new DoorbellEvent { Access = step.Access, Number = step.Detail },
            PathHop.ClientCreate => new ClientEvent { Client = step.Name ?? string.Empty },
            PathHop.VmLoop or PathHop.PciEmulIoHandler or PathHop.PciEmulMemHandler or PathHop.PciConfigAccess or PathHop.VirtioPciWrite or PathHop.VirtioPciRead =>
                new RegisterEvent { Access = step.Access, Offset = step.Detail },
            PathHop.NotifyRx or PathHop.NotifyTx or PathHop.NotifyQueue => new NotifyEvent { Queue = (int)step.Detail },
            PathHop.ControlTx or PathHop.ControlSend or PathHop.BackendWrite or PathHop.BackendRead => new CallbackEvent { Subject = step.Name ?? string.Empty, Count = step.Detail },
            PathHop.EndChains => new UsedEvent { Queue = (int)step.Detail },
            PathHop.DeviceInterrupt or PathHop.Irqfd or PathHop.InjectInterrupt or PathHop.VcpuInterrupt => new InterruptEvent { Number = step.Detail, Means = step.Name },
            _ => new CompletionEvent { Access = step.Access, Value = (ulong)step.Detail },
        };
        return made with { Hop = step.Hop, Vm = step.Vm, Vcpu = step.Vcpu, Request = step.Sequence, Device = step.Device, Source = new HopSource(step) };
    }

    /// <summary>The event of a slot's edge.</summary>
    public static HopEvent Of(in SlotStep step) => new SlotEvent
    {
        Vm = step.Vm, Vcpu = step.Vcpu, Request = step.Sequence, Epoch = step.Epoch, From = step.From, To = step.To, Owner = step.Owner, View = step.View,
        Source = new HopSource(step),
    };

    /// <summary>The event of output that was given up.</summary>
    public static HopEvent Of(in DropStep step) => new DropEvent { Vm = step.Vm, Port = step.Port, Offset = step.Offset, Length = step.Length, Reason = step.Reason, Source = new HopSource(step) };

    /// <summary>The event of a crash or what followed.</summary>
    public static HopEvent Of(in LifeStep step) => new LifeEvent { Vm = step.Vm, Actor = step.Actor, Change = step.Change, Incarnation = step.Incarnation, Reason = step.Reason, Source = new HopSource(step) };

    /// <summary>The event of what happened at a backend.</summary>
    public static HopEvent Of(in BackendEvent happened, ReadOnlySpan<byte> data) => happened.Kind switch
    {
        BackendEventKind.Accepted or BackendEventKind.Given => new ByteEvent
        {
            Vm = happened.Vm, Device = happened.Device, Port = happened.Port, IsOutput = happened.Kind == BackendEventKind.Accepted, Bytes = [.. data],
        },
        BackendEventKind.DroppedOutput => new DropEvent
        {
            Vm = happened.Vm, Device = happened.Device, Port = MachineNames.Port(happened.Vm.Value, happened.Device.Device - MachineNames.Function(0).Device, happened.Port),
            Offset = happened.Position, Length = happened.Count, Reason = happened.Reason,
        },
        _ => new BackendStateEvent { Vm = happened.Vm, Device = happened.Device, Port = happened.Port, Change = happened.Kind, Source = new HopSource(happened) },
    };

    /// <summary>The event of a fault of a plan.</summary>
    public static FaultHopEvent Of(in FaultEvent fault, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var rule = (uint)fault.Rule < (uint)plan.Faults.Length ? plan.Faults[fault.Rule] : null;
        return new FaultHopEvent { Rule = rule?.Id ?? string.Empty, Row = rule?.Row ?? string.Empty, Site = rule?.Site ?? string.Empty, Act = rule?.Do ?? string.Empty, Change = fault.Kind, Source = new HopSource(fault) };
    }
}
