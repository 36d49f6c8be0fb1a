using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A device's command register is answered from a copy that nobody keeps up to date.</summary>
internal sealed class StaleRegisterRead : LinkFlaw
{
    private DeviceHop.Access? _read;
    private ulong? _copy;

    /// <inheritdoc/>
    public override string Name => "stale-register-read";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I27"];

    /// <inheritdoc/>
    public override string Source => "A cached register whose copy outlives a write";

    /// <inheritdoc/>
    public override Plan Plan => base.Plan.Of(1, 2) with { Workload = new PlanWorkload { Kind = "range-race", Bytes = 512 } };

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        switch (message)
        {
            case DeviceHop.Access { Bar: DeviceHop.Configuration, Offset: PciSpec.Command, Io: { Size: 2, IsWrite: false } } read:
                _read = read;
                break;
            case DeviceHop.AccessDone done when _read is { } read && read.Vcpu == done.Vcpu && read.Sequence == done.Sequence && read.Epoch == done.Epoch:
                _copy ??= done.Value;
                message = done with { Value = _copy.Value };
                break;
        }

        Inner.Send(site, to, message, from);
    }
}
