using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What a test is told.</summary>
/// <param name="Plan">The workload.</param>
/// <param name="Vms">VMs.</param>
/// <param name="Placement">Where their sides run.</param>
/// <param name="Duration">Time of full load; for guests that end by themselves, the longest.</param>
/// <param name="Ramp">VMs started each second; 0: as many as the cluster takes.</param>
/// <param name="Host">Name or address that nodes reach this machine by.</param>
/// <param name="ExpectsLoss">Nodes may end: that is what the test is about.</param>
internal sealed record ScaleRequest(ScalePlan Plan, int Vms, VmPlacement Placement, TimeSpan Duration, int Ramp, string Host, bool ExpectsLoss);
