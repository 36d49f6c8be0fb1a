using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>What a launcher asked for.</summary>
/// <param name="Spec">The machine.</param>
/// <param name="Fence">Of this service side.</param>
/// <param name="Hypervisor">Root of the node that runs the guest, or null.</param>
/// <param name="IsAdoption">True when the guest runs already.</param>
/// <param name="FirstId">Ids of commands begin behind it, which no other order on this node has.</param>
internal sealed record MachineOrder(VmSpec Spec, FencingToken Fence, IActorRef? Hypervisor, bool IsAdoption, long FirstId);
