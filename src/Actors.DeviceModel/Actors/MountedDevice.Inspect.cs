using System.Globalization;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What is to be seen from outside.</content>
internal sealed partial class MountedDevice
{
    /// <summary>Registers, queues and what the device knows of its ports.</summary>
    public InspectNode Inspect() => InspectNode.Branch(
        $"pci-{Function}",
        [
            InspectNode.Leaf("epoch", Epoch), InspectNode.Leaf("incarnation", _incarnation),
            .. Transport(), InspectNode.Leaf("intx", _isIntxAsserted), InspectNode.Leaf("stale", Stale),
            .. Enumerable.Range(0, _core.QueueCount).Select(index => Queue(_virtio!.Queue(index))), .. _core.Inspect(),
        ]);

    /// <summary>What a virtio device agreed on with its driver; of another function, whether it may touch RAM and where its BARs decode.</summary>
    private IEnumerable<InspectNode> Transport() => _virtio is { } virtio
        ? [InspectNode.Hex("status", virtio.Status), InspectNode.Leaf("active", virtio.IsActive), InspectNode.Hex("features", virtio.NegotiatedFeatures)]
        : [InspectNode.Leaf("bus-master", _pci.IsBusMaster), .. _pci.Places().Select(static place => InspectNode.Hex(string.Create(CultureInfo.InvariantCulture, $"bar-{place.Bar}"), place.Address))];

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
