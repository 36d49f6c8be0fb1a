using Actors.Protocol;

namespace Actors.Hsm;

/// <content>What is to be seen from outside.</content>
internal sealed partial class HsmVm
{
    /// <summary>Page, clients, eventfds, counters.</summary>
    public InspectNode Inspect() => InspectNode.Branch(
        "hsm",
        [
            InspectNode.Leaf("epoch", Epoch), InspectNode.Leaf("incarnation", _incarnation), InspectNode.Leaf("rebuilding", IsRebuilding), InspectNode.Leaf("clearing", _dispatcher.Clearing),
            InspectNode.Leaf("gone", IsGone), InspectNode.Leaf("clients", _clients.Count), InspectNode.Leaf("default-client", _clients.Default is not null), InspectNode.Leaf("in-hand", _clients.InHand),
            .. Enumerable.Range(0, Page.Count).Select(vcpu => InspectNode.Slot(vcpu, Page[vcpu].State, Page[vcpu].Request)),
            InspectNode.Branch("ioeventfd", Enumerable.Range(0, _ioeventfds.DoorbellCount).Select(index => Doorbell(_ioeventfds.DoorbellAt(index)))),
            InspectNode.Leaf("ioeventfds", _ioeventfds.Count), InspectNode.Leaf("irqfds", _irqfds.Count),
            InspectNode.Branch(
                "counters",
                InspectNode.Leaf("stale-epoch", Counters.StaleEpoch), InspectNode.Leaf("stale-sequence", Counters.StaleSequence), InspectNode.Leaf("repeated", Counters.Repeated),
                InspectNode.Leaf("unclaimed", Counters.Unclaimed), InspectNode.Leaf("client-errors", Counters.ClientErrors), InspectNode.Leaf("cleared", Counters.Cleared),
                InspectNode.Leaf("ioeventfd-misses", Counters.IoeventfdMisses), InspectNode.Leaf("while-rebuilding", Counters.WhileRebuilding)),
        ]);

    private static InspectNode Doorbell(Doorbell doorbell) => InspectNode.Branch(
        $"{doorbell.Cookie}",
        InspectNode.Leaf("count", doorbell.Count), InspectNode.Leaf("sent", doorbell.Sent), InspectNode.Leaf("acknowledged", doorbell.Acknowledged), InspectNode.Leaf("entries", doorbell.Entries));
}
