using System.Globalization;
using Actors.Cluster;
using Akka.Actor;
using Akka.Actor.Setup;

namespace Actors.Cli;

/// <summary>An actor system that speaks to nodes and is none.</summary>
internal static class ClientSystem
{
    private const string Name = "actors-client";

    /// <summary>How long the end of a system is waited for: one of its actors may be in a call that doesn't return.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

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

    /// <summary>Ends one.</summary>
    /// <param name="system">The system.</param>
    /// <param name="say">Takes a line for a person, when it doesn't end in time.</param>
    /// <param name="isOrderly">The nodes live on, and get what was said last. To nodes that are gone that would take its time.</param>
    /// <param name="patience">How long its end is waited for; null: 10 s.</param>
    public static async Task EndAsync(ActorSystem system, Action<string> say, bool isOrderly, TimeSpan? patience = null)
    {
        if (isOrderly)
            _ = system.Terminate();
        else
            ((ExtendedActorSystem)system).Abort();
        var most = patience ?? EndPatience;
        try
        {
            await system.WhenTerminated.WaitAsync(most).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"the actor system that speaks to the nodes has not ended within {most.TotalSeconds:0.#} s; it is left behind and ends with this process"));
        }
    }
}
