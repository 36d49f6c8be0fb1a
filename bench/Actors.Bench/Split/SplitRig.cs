using Actors.Cluster;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Hypervisor;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>Two actor systems of one process, connected over loopback as nodes of a cluster are, without its gossip: guests and hypervisor on one, HSM and device model on the other.</summary>
internal sealed class SplitRig : IDisposable
{
    private readonly IActorRef _hypervisor;
    private readonly IActorRef _deviceModel;

    public SplitRig(IGuestCatalog guests, int vms)
    {
        Counter = new RemoteCounter(vms);
        Guests = Start();
        Services = Start();
        var near = new RoomServices(new GuestRamDirectory(), TimeProvider.System, Links: Counter);
        near = near with { MemoryServer = Guests.ActorOf(GuestMemoryActor.Props(near), "memory") };
        _hypervisor = Seen(Services, Guests, Guests.ActorOf(HypervisorActor.Props(new VcpuFactory(guests), near), "hypervisor"));
        var far = new RoomServices(new AwayMemoryDirectory(), TimeProvider.System, Links: Counter);
        var hsm = Services.ActorOf(HsmActor.Props(ActorRefs.Nobody, far), "hsm");
        _deviceModel = Services.ActorOf(DeviceModelActor.Props(hsm, far), "device-model");
    }

    /// <summary>Where guests and hypervisors are.</summary>
    public ActorSystem Guests { get; }

    /// <summary>Where HSM and device model are.</summary>
    public ActorSystem Services { get; }

    /// <summary>What went over the network, both ways.</summary>
    public RemoteCounter Counter { get; }

    /// <summary>An actor of one system as another sees it.</summary>
    public static IActorRef Seen(ActorSystem by, ActorSystem of, IActorRef actor)
    {
        var address = ((ExtendedActorSystem)of).Provider.DefaultAddress;
        return ((ExtendedActorSystem)by).Provider.ResolveActorRef(actor.Path.ToSerializationFormatWithAddress(address));
    }

    public void Launch(VmSpec spec) => _deviceModel.Tell(new MachineHop.LaunchVm(spec, default, _hypervisor), ActorRefs.NoSender);

    public void Dispose() => Task.WaitAll([Guests.Terminate(), Services.Terminate()], TimeSpan.FromSeconds(10));

    private static ActorSystem Start()
    {
        var system = ActorSystem.Create(NodeSettings.SystemName, NodeSettings.Of(new NodeOptions { Hocon = "akka.actor.provider = remote" }));

        // From this thread: started from inside actors, the scheduler's thread can starve the pool it waits for (Akka 1.5.74).
        using var started = new ManualResetEventSlim();
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, started.Set);
        started.Wait(TimeSpan.FromSeconds(10));
        return system;
    }
}
