using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Hypervisor;
using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Actors.Cluster;

/// <summary>The actors of a node, made in the order in which they need each other.</summary>
internal sealed record NodeParts(
    string Address,
    RoomServices Services,
    IActorRef Hypervisor,
    IActorRef Hsm,
    IActorRef DeviceModel,
    IActorRef Fences,
    IActorRef Ledger,
    IActorRef Region,
    IActorRef Entrance,
    NodeMeter Meter,
    IActorRef ServiceSides)
{
    /// <summary>Makes them.</summary>
    public static NodeParts Make(NodeOptions options, ActorSystem system, IGuestCatalog guests, IPortBackendFactory? backends, NodeHooks? hooks = null)
    {
        var self = Akka.Cluster.Cluster.Get(system).SelfUniqueAddress;
        var address = $"{self.Address.Host}:{self.Address.Port}";
        var clock = hooks?.Clock ?? TimeProvider.System;
        var rams = new GuestRamDirectory();
        var times = LeaseTimes.Of(system.Settings.Config);
        var lease = new NodeLease(self.Uid, times, clock);
        var meter = new NodeMeter(address, options.Roles, new PathMeter(clock), rams, lease);
        var services = new RoomServices(rams, clock, PathFan.Of(meter.Path, options.Trace), Pace: DispatcherPace.Of(system));
        if (hooks is not null)
            services = hooks.Change(services, system);
        var leases = system.ActorOf(LeaseKeeper.Props(lease, times, services.Clock), "leases");
        system.ActorOf(Props.Create(() => new Gatekeeper()), "gate");
        var hypervisor = ActorRefs.Nobody as IActorRef;
        var hsm = ActorRefs.Nobody as IActorRef;
        var deviceModel = ActorRefs.Nobody as IActorRef;
        var hostsGuests = options.Roles.Contains(NodeRoles.Guest);
        if (hostsGuests)
            services = services with { MemoryServer = system.ActorOf(GuestMemoryActor.Props(services), "memory") };
        if (hostsGuests)
            hypervisor = system.ActorOf(HypervisorActor.Props(new VcpuFactory(guests), services), "hypervisor");
        if (options.Roles.Contains(NodeRoles.Service))
        {
            hsm = system.ActorOf(HsmActor.Props(hypervisor, services, hooks?.Clients), "hsm");
            deviceModel = system.ActorOf(DeviceModelActor.Props(hsm, services, backends ?? new PortBackendFactory(lease), hooks?.Devices), "device-model");
        }

        var serviceSides = hostsGuests ? system.ActorOf(ServiceDirectory.Props(hypervisor), "services") : ActorRefs.Nobody;
        var fences = system.ActorOf(FenceOffice.Props(services.Clock, leases, lease), "fences");
        var ledger = system.ActorOf(VmLedger.Props(address, meter.Path, services.Clock), "ledger");
        var shards = new VmShards();
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system);
        var context = new VmOwnerContext(address, deviceModel, fences, ledger, meter, serviceSides);
        var region = hostsGuests
            ? sharding.Start(VmShards.TypeName, entity => VmOwnerActor.Props(VmShards.VmOf(entity), context), settings, shards, new RestingShards(), VmOwnerActor.HandOff.Instance)
            : sharding.StartProxy(VmShards.TypeName, NodeRoles.Guest, shards);
        ledger.Tell(new VmLedger.Region(region), ActorRefs.NoSender);
        var entrance = system.ActorOf(VmEntrance.Props(region, meter), "vms");
        return new NodeParts(address, services, hypervisor, hsm, deviceModel, fences, ledger, region, entrance, meter, serviceSides);
    }

    /// <summary>Ends every machine of the node at once.</summary>
    public void StopRooms(ActorSystem system)
    {
        foreach (var room in (IActorRef[])[ServiceSides, DeviceModel, Hsm, Hypervisor])
        {
            if (!room.IsNobody())
                system.Stop(room);
        }
    }
}
