using System.Globalization;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What is to be seen from outside.</content>
internal sealed partial class VirtioConsole
{
    /// <summary>Of each port: who is there on either side. Without multiport a guest says nothing about ports.</summary>
    public override IEnumerable<InspectNode> Inspect() => _ports.Select(static port => InspectNode.Branch(
        $"port-{port.Index.ToString(CultureInfo.InvariantCulture)}",
        InspectNode.Leaf("plugged", port.IsPlugged), InspectNode.Leaf("guest-ready", port.IsGuestReady), InspectNode.Leaf("guest-open", port.IsGuestOpen), InspectNode.Leaf("host-open", port.IsHostOpen)));
}
