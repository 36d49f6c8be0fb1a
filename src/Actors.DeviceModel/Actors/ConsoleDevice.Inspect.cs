using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What is to be seen from outside.</content>
internal sealed partial class ConsoleDevice
{
    /// <summary>Registers, queues and what the device knows of its ports.</summary>
    public InspectNode Inspect() => InspectNode.Branch(
        $"pci-{Function}",
        [
            InspectNode.Leaf("epoch", Epoch), InspectNode.Leaf("incarnation", _incarnation), InspectNode.Hex("status", _pci.Status), InspectNode.Leaf("active", _pci.IsActive),
            InspectNode.Hex("features", _pci.NegotiatedFeatures), InspectNode.Leaf("intx", _isIntxAsserted), InspectNode.Leaf("stale", Stale),
            .. Enumerable.Range(0, Console.QueueCount).Select(index => Queue(_pci.Queue(index))), .. Console.InspectPorts(),
        ]);

    /// <summary>A queue: <c>avail</c> is the available index of the next chain to take, <c>used</c> the device's used index.</summary>
    private static InspectNode Queue(Virtqueue queue)
    {
        var state = queue.State;
        return InspectNode.Branch(
            $"queue-{queue.Index}",
            InspectNode.Leaf("ready", state.IsReady), InspectNode.Leaf("size", state.Size), InspectNode.Leaf("avail", state.LastAvailable), InspectNode.Leaf("used", state.UsedIndex),
            InspectNode.Leaf("in-flight", queue.InFlight), InspectNode.Hex("descriptors", state.DescriptorTable), InspectNode.Hex("driver", state.AvailableRing), InspectNode.Hex("device", state.UsedRing));
    }
}
