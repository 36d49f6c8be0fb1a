using Actors.Cluster;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Hypervisor;
using Actors.Protocol;
using Akka.Actor;
using Akka.Configuration;

namespace Actors.Cli;

/// <summary>
/// One process that hosts everything: an actor system with the three root actors. The composition root: the only place that
/// knows all rooms at once.
/// </summary>
internal sealed class Node : IDisposable
{
    private const string Settings = """
        akka {
          stdout-loglevel = OFF
          loglevel = WARNING
          loggers = ["Actors.Cli.StandardErrorLogger, actors"]
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """;

    private Node(ActorSystem system, RoomServices services, IActorRef hypervisor, IActorRef hsm, IActorRef deviceModel)
    {
        System = system;
        Services = services;
        Hypervisor = hypervisor;
        Hsm = hsm;
        DeviceModel = deviceModel;
    }

    public ActorSystem System { get; }

    public RoomServices Services { get; }

    public IActorRef Hypervisor { get; }

    public IActorRef Hsm { get; }

    public IActorRef DeviceModel { get; }

    /// <summary>Starts a node.</summary>
    /// <param name="guests">Programs that its VMs can run.</param>
    /// <param name="trace">Recorder of hops, or null.</param>
    /// <param name="deviceModel">Props of the device model's root for an HSM, when it isn't the production one (other backends).</param>
    /// <param name="settings">HOCON that comes before ours, or null.</param>
    /// <param name="links">What stands between the actors of the path instead of plain tells, or null.</param>
    /// <param name="remoteMemory">Devices reach guest RAM as if it were on another node.</param>
    public static Node Start(
        IGuestCatalog guests,
        PathTrace? trace = null,
        Func<IActorRef, RoomServices, Props>? deviceModel = null,
        string? settings = null,
        Func<ActorSystem, ILinkInterceptor>? links = null,
        bool remoteMemory = false)
    {
        var config = ConfigurationFactory.ParseString(Settings).WithFallback(DispatchConfiguration.Default).WithFallback(WireConfiguration.Default);
        if (settings is not null)
        {
            config = ConfigurationFactory.ParseString(settings).WithFallback(config);
        }

        var system = ActorSystem.Create("actors", config);
        PrimeScheduler(system);

        var services = new RoomServices(new GuestRamDirectory(), TimeProvider.System, trace, links?.Invoke(system), Pace: DispatcherPace.Of(system));
        if (remoteMemory)
            services = services with { MemoryServer = system.ActorOf(GuestMemoryActor.Props(services), "memory") };
        var hypervisor = system.ActorOf(HypervisorActor.Props(new VcpuFactory(guests), services), "hypervisor");
        var hsm = system.ActorOf(HsmActor.Props(hypervisor, services), "hsm");
        var devices = remoteMemory ? services with { Memory = new AwayMemoryDirectory() } : services;
        var root = deviceModel is null ? DeviceModelActor.Props(hsm, devices) : deviceModel(hsm, devices);
        return new Node(system, services, hypervisor, hsm, system.ActorOf(root, "device-model"));
    }

    public void Dispose() => System.Terminate().Wait(TimeSpan.FromSeconds(5));

    /// <summary>The scheduler's thread must start from this thread: started from inside actors it can starve the pool it waits for (Akka 1.5.74).</summary>
    private static void PrimeScheduler(ActorSystem system)
    {
        using var started = new ManualResetEventSlim();
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, started.Set);
        started.Wait(TimeSpan.FromSeconds(10));
    }
}
