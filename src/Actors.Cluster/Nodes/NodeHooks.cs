using Actors.DeviceModel;
using Actors.Hsm;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>What a test adds to the rooms of a node.</summary>
/// <param name="Change">What every actor of the node gets: from the node's own.</param>
/// <param name="Clients">Ioreq clients for every VM, or null.</param>
/// <param name="Devices">Devices beside the built-in ones, or null.</param>
/// <param name="Clock">The node's clock; null: the machine's.</param>
internal sealed record NodeHooks(Func<RoomServices, ActorSystem, RoomServices> Change, IIoreqClientFactory? Clients = null, DeviceCatalog? Devices = null, TimeProvider? Clock = null);
