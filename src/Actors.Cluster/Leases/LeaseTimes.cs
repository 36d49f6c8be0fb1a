using System.Globalization;
using Akka.Configuration;

namespace Actors.Cluster;

/// <summary>
/// Times of a lease, all from one: the <em>window</em>, the silence after which other nodes may start a node's VMs (failure detection, then the resolver's patience; what follows that takes
/// time as well, and isn't counted). A lease is over at three quarters of the window, counted from the sending of the question; who granted it reckons with it for
/// seven eighths, counted from the answer. So a stopped node's lease has run out a quarter of the window before its VMs start elsewhere, and clocks may run at rates that differ by a seventh.
/// </summary>
/// <param name="Window">The silence.</param>
/// <param name="Length">How long a lease is good.</param>
/// <param name="GrantedFor">How long who granted it lets nobody take over.</param>
/// <param name="Interval">Between two rounds of questions: eight to a lease, so that a few may be lost.</param>
internal sealed record LeaseTimes(TimeSpan Window, TimeSpan Length, TimeSpan GrantedFor, TimeSpan Interval)
{
    /// <summary>Where a user can set the length.</summary>
    public const string LengthKey = "actors.lease-length";

    /// <summary>The shortest lease that a garbage collection or a busy machine doesn't end.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>From the silence that is borne.</summary>
    /// <param name="detection">Until a silent node is taken for unreachable.</param>
    /// <param name="stableAfter">Until it is decided that it is lost.</param>
    public static LeaseTimes Of(TimeSpan detection, TimeSpan stableAfter)
    {
        var window = detection + stableAfter;
        return new LeaseTimes(window, window * 3 / 4, window * 7 / 8, window * 3 / 32);
    }

    /// <summary>From a node's settings.</summary>
    /// <exception cref="NodeStartException">They leave a lease no room.</exception>
    public static LeaseTimes Of(Config settings)
    {
        var times = Of(
            settings.GetTimeSpan("akka.cluster.failure-detector.acceptable-heartbeat-pause"),
            settings.GetTimeSpan("akka.cluster.split-brain-resolver.stable-after"));
        if (times.Length < Shortest)
        {
            throw new NodeStartException(
                $"silent nodes are taken for lost after {Seconds(times.Window)}, which is too soon for leases: acceptable-heartbeat-pause and stable-after need {Seconds(Shortest * 4 / 3)} together");
        }

        if (!settings.HasPath(LengthKey))
            return times;
        var length = settings.GetTimeSpan(LengthKey);
        if (length < Shortest || length > times.Length)
        {
            throw new NodeStartException(
                $"{LengthKey} is {Seconds(length)}, but has to be between {Seconds(Shortest)} and {Seconds(times.Length)}: three quarters of the silence after which others start this node's VMs (acceptable-heartbeat-pause and stable-after)");
        }

        return times with { Length = length, Interval = length / 8 };
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
}
