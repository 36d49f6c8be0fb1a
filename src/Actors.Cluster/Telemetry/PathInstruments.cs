using System.Diagnostics.Metrics;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>What <see cref="PathMeter"/> counts, as instruments of a meter. They are read when somebody collects, and cost nothing else.</summary>
internal static class PathInstruments
{
    /// <summary>Adds them.</summary>
    public static void AddTo(Meter meter, PathMeter path)
    {
        var sites = Enum.GetValues<PathHop>()
            .Select(hop => (KeyValuePair<string, object?>[])[new("actors.hop", hop.ToString()), new("actors.site", PathHopSpec.SiteOf(hop)), new("code.function.name", PathHopSpec.FunctionOf(hop))]).ToArray();
        meter.CreateObservableCounter("actors.hops", () => Hops(path.Total().Steps, sites), "{step}", "Steps of the path by hop");
        meter.CreateObservableCounter("actors.exits", () => path.Total().Steps[(int)PathHop.VmEntry], "{exit}", "I/O exits completed");
        meter.CreateObservableCounter("actors.bytes.from_guests", () => path.Total().BytesFromGuests, "By", "Bytes that ports took from guests");
        meter.CreateObservableCounter("actors.bytes.written", () => path.Total().BytesWritten, "By", "Bytes that backends took");
        meter.CreateObservableCounter("actors.bytes.dropped", () => path.Total().BytesDropped, "By", "Bytes dropped by policies of ports");
        meter.CreateObservableCounter("actors.bytes.to_guests", () => path.Total().BytesToGuests, "By", "Bytes of input that backends gave");
        meter.CreateObservableCounter("actors.guest_faults", () => path.Total().GuestFaults, "{fault}", "What guests did that no driver should");
    }

    private static IEnumerable<Measurement<long>> Hops(long[] steps, KeyValuePair<string, object?>[][] sites)
    {
        for (var hop = 0; hop < steps.Length; hop++)
        {
            if (steps[hop] != 0)
                yield return new Measurement<long>(steps[hop], sites[hop]);
        }
    }
}
