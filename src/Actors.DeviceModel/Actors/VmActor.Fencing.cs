using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <content>
/// Backends that remember a higher token than the machine has. Nobody here can say whether that is a successor's or one of a cluster that is forgotten: the launcher is asked, and whoever asks is told
/// the token again that the machine has by then. What guards the way to the guest (hypervisor, RAM) goes on knowing the machine by the token of its order.
/// </content>
internal sealed partial class VmActor
{
    private static FencingToken SeenBy(Exception exception) => (exception as BackendOpenException)?.Seen ?? default;

    private void OnRemembered(DeviceHop.Remembered remembered)
    {
        if (_token <= remembered.Seen)
            Context.Parent.Tell(new Outcome(_spec.Vm, new MachineHop.VmFenced(_spec.Vm, _fence, remembered.Seen), IsLast: false));
        else if (_bus.Find(remembered.Function) is { Actor: not null } slot)
            slot.Link.Send(new DeviceHop.Raise(_token), Self);
    }

    private void OnRaise(FencingToken fence)
    {
        if (fence <= _token)
            return;
        _token = fence;
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null)
                slot.Link.Send(new DeviceHop.Raise(fence), Self);
        }
    }
}
