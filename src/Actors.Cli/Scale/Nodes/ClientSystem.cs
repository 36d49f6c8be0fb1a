using Actors.Cluster;
using Akka.Actor;
using Akka.Actor.Setup;

namespace Actors.Cli;

/// <summary>An actor system that speaks to nodes and is none.</summary>
internal static class ClientSystem
{
    private const string Name = "actors-client";

    /// <summary>Starts one.</summary>
    /// <param name="host">Name or address that nodes reach it by.</param>
    /// <param name="tls">Folder with certificates, or null.</param>
    public static ActorSystem Start(string host, string? tls)
    {
        var options = new NodeOptions { Host = host, Tls = tls, Hocon = "akka.actor.provider = remote" };
        var setup = BootstrapSetup.Create().WithConfig(NodeSettings.Of(options));
        ActorSystem system;
        try
        {
            system = ActorSystem.Create(Name, tls is null ? ActorSystemSetup.Create(setup) : setup.And(NodeTls.SetupOf(tls)));
        }
        catch (NodeStartException refused)
        {
            throw new NodesMissingException(refused.Message, refused);
        }

        // The scheduler's thread must start from this thread: started from inside actors it can starve the pool it waits for (Akka 1.5.74).
        using var started = new ManualResetEventSlim();
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, started.Set);
        started.Wait(TimeSpan.FromSeconds(10));
        return system;
    }
}
