using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>While a newer VM has no page yet, the upcalls of the older ones are not looked at.</summary>
internal sealed class ScanStopsAtVmWithoutPage : LinkFlaw
{
    private int _newest = -1;
    private int _hasPage = -1;

    /// <inheritdoc/>
    public override string Name => "scan-stops-at-vm-without-page";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I8"];

    /// <inheritdoc/>
    public override string Source => "ACRN: the dispatch loop breaks at a VM without a page; VMs behind it starve until the next upcall";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]).Of(3);

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is ControlHop.CreateVm create)
            _newest = Math.Max(_newest, create.Spec.Vm.Value);
        else if (message is ControlHop.VmCreated created && created.Vm.Value == _newest)
            _hasPage = _newest;
        if (message is not UpcallHop.Upcall upcall || upcall.Vm.Value >= _newest || _hasPage == _newest)
            Inner.Send(site, to, message, from);
    }
}
