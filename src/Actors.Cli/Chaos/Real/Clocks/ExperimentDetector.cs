using Actors.Cluster;
using Akka.Configuration;
using Akka.Event;

namespace Actors.Cli;

/// <summary>Akka's failure detector by a node's own clock.</summary>
/// <param name="settings">Akka's.</param>
/// <param name="events">Akka's.</param>
#pragma warning disable CS9113 // Akka makes it with both.
internal sealed class ExperimentDetector(Config settings, EventStream events) : ClockedFailureDetector(settings, static () => ExperimentClock.Own.GetTimestamp() / TimeSpan.TicksPerMillisecond)
#pragma warning restore CS9113
{
    /// <summary>What a node's HOCON says to have it.</summary>
    public static readonly string Setting = ExperimentScheduler.Text("akka.cluster.failure-detector.implementation-class", typeof(ExperimentDetector));
}
