using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What became pending while its vector was masked is forgotten when the mask is taken away.</summary>
internal sealed class MaskedInterruptLost : LinkFlaw
{
    private readonly HashSet<ulong> _lost = [];
    private DeviceHop.Access? _opening;

    /// <inheritdoc/>
    public override string Name => "masked-interrupt-lost";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I14"];

    /// <inheritdoc/>
    public override string Source => "PCI 3.0, 6.8.2.9: the pending bit is not looked at when an entry is unmasked";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Masked;

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        switch (message)
        {
            case DeviceHop.Access access when IsUnmask(access):
                _opening = access;
                break;
            case DeviceHop.AccessDone done when _opening is { } opening && opening.Vcpu == done.Vcpu && opening.Sequence == done.Sequence:
                _opening = null;
                break;

            // Between the two only what was pending can leave.
            case InterruptHop.InjectMsi msi when ReferenceEquals(site, LinkSite.IrqRaise):
                if (_opening is not null)
                    _lost.Add(msi.Sequence);
                if (_lost.Contains(msi.Sequence))
                    return;
                break;
        }

        Inner.Send(site, to, message, from);
    }

    private static bool IsUnmask(DeviceHop.Access access) =>
        access is { Bar: VirtioPciSpec.MsixBar, Io.IsWrite: true } && access.Offset % PciSpec.MsixEntrySize == 12 && (access.Io.Value & PciSpec.MsixEntryMasked) == 0;
}
