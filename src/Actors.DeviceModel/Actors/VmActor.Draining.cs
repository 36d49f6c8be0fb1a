using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <content>The node leaves, and the guest is on another one: devices are drained, then the launcher has another node take over.</content>
internal sealed partial class VmActor
{
    private readonly HashSet<Bdf> _drained = [];

    /// <summary>The root says it again until the machine is gone: what got lost on the way is said again with it.</summary>
    private void OnDrain()
    {
        if (_life.Step != MachineStep.Running || _life.IsEnding)
            return;
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null)
                slot.Link.Send(DeviceHop.Drain.Instance, Self);
        }

        TellDrained();
    }

    private void OnDrained(DeviceHop.Drained drained)
    {
        _drained.Add(drained.Function);
        TellDrained();
    }

    private void TellDrained()
    {
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null && !_drained.Contains(slot.Spec.Function))
                return;
        }

        Context.Parent.Tell(new Outcome(_spec.Vm, new MachineHop.VmDrained(_spec.Vm, _fence), IsLast: false));
    }

    /// <summary>From the root.</summary>
    internal sealed class Drain
    {
        /// <summary>The one there is.</summary>
        public static readonly Drain Instance = new();
    }
}
