using Akka.Configuration;
using Akka.Event;

namespace Actors.Cluster;

/// <summary>
/// Akka's detector of silent nodes, which reckons only with time in which it was asked: when the whole machine stood still, or this process was stopped, nobody was silent. A node that is silent
/// while this one looks is missed as soon as ever. Asked by a timer, each 250 ms in a cluster.
/// </summary>
internal sealed class AttentiveFailureDetector : ClockedFailureDetector
{
    /// <summary>What settings call it.</summary>
    public const string Name = "Actors.Cluster.AttentiveFailureDetector,Actors.Cluster";

    /// <summary>So much time counts between two questions, at most: two periods of the slower of Akka's two askers (clusters, and watches of actors elsewhere).</summary>
    public static readonly TimeSpan Attention = TimeSpan.FromSeconds(2);

    /// <summary>As Akka makes it.</summary>
    /// <param name="config">Akka's settings of a failure detector.</param>
    /// <param name="events">Where Akka's own says that beats come ever later; this one doesn't.</param>
#pragma warning disable IDE0060, RCS1163 // Akka looks for a constructor with these two.
    public AttentiveFailureDetector(Config config, EventStream events)
#pragma warning restore IDE0060, RCS1163
        : this(config, TimeProvider.System)
    {
    }

    /// <summary>With a clock of a test's own.</summary>
    internal AttentiveFailureDetector(Config config, TimeProvider time)
        : base(config, new Stopwatch(time).Read)
    {
    }

    /// <summary>Its time: goes on only while it is read.</summary>
    private sealed class Stopwatch(TimeProvider time)
    {
        private readonly Lock _gate = new();
        private long _lastRead = time.GetTimestamp();
        private TimeSpan _counted;

        /// <summary>Milliseconds that count.</summary>
        public long Read()
        {
            lock (_gate)
            {
                var now = time.GetTimestamp();
                var passed = time.GetElapsedTime(_lastRead, now);
                _counted += passed < Attention ? passed : Attention;
                _lastRead = now;
                return (long)_counted.TotalMilliseconds;
            }
        }
    }
}
