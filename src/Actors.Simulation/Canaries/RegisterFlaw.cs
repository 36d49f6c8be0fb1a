using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A flaw in how a device answers accesses of its registers.</summary>
internal abstract class RegisterFlaw : LinkFlaw
{
    private readonly Dictionary<(int Vcpu, ulong Sequence), DeviceHop.Access> _accesses = [];

    /// <summary>Gives the answer.</summary>
    /// <param name="world">The world.</param>
    /// <param name="device">The device.</param>
    /// <param name="access">What was asked.</param>
    /// <param name="value">What is answered rightly.</param>
    protected virtual ulong Answer(World world, VirtioDeviceView device, DeviceHop.Access access, ulong value) => value;

    /// <summary>The answer was given.</summary>
    protected virtual void Answered(World world, VirtioDeviceView device, DeviceHop.Access access)
    {
    }

    /// <inheritdoc/>
    public sealed override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is DeviceHop.Access asked)
            _accesses[(asked.Vcpu, asked.Sequence)] = asked;
        if (message is not DeviceHop.AccessDone done || !_accesses.Remove((done.Vcpu, done.Sequence), out var access)
            || World.Virtio.DeviceOf(World.NumberOf(from)) is not { } device)
        {
            Inner.Send(site, to, message, from);
            return;
        }

        Inner.Send(site, to, done with { Value = access.Io.IsWrite ? done.Value : Answer(World, device, access, done.Value) }, from);
        Answered(World, device, access);
    }
}
