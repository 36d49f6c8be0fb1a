using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>What is to be seen of a port from outside.</summary>
internal static class PortInspection
{
    /// <summary>Name, policy and what became of its bytes.</summary>
    public static InspectNode Of(int index, ConsolePortSpec spec, Port port)
    {
        var report = port.Report;
        return InspectNode.Branch(
            $"port-{index}",
            InspectNode.Leaf("name", spec.Name), InspectNode.Leaf("backend", spec.Backend.ToString().ToLowerInvariant()), InspectNode.Leaf("incarnation", port.Incarnation),
            InspectNode.Leaf("from-guest", report.FromGuest), InspectNode.Leaf("written", report.Written), InspectNode.Leaf("dropped", report.Dropped),
            InspectNode.Leaf("unwritten", report.FromGuest - report.Written - report.Dropped), InspectNode.Leaf("to-guest", report.ToGuest), InspectNode.Leaf("input-held", report.InputDropped),
            InspectNode.Leaf("flushed", port.IsFlushed), InspectNode.Leaf("stale", port.Stale), InspectNode.Leaf("last-error", report.LastError));
    }
}
