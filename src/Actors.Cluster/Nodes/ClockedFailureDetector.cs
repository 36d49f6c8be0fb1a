using Akka.Configuration;
using Akka.Remote;

namespace Actors.Cluster;

/// <summary>Akka's failure detector by another clock than the machine's.</summary>
/// <param name="settings">Akka's of a detector.</param>
/// <param name="milliseconds">The clock; never goes back. By any thread.</param>
internal abstract class ClockedFailureDetector(Config settings, Clock milliseconds) : PhiAccrualFailureDetector(
    settings.GetDouble("threshold"),
    settings.GetInt("max-sample-size"),
    settings.GetTimeSpan("min-std-deviation"),
    settings.GetTimeSpan("acceptable-heartbeat-pause"),
    settings.GetTimeSpan("heartbeat-interval"),
    milliseconds);
