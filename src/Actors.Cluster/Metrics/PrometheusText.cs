using System.Globalization;
using System.Text;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// A node's figures in Prometheus' text format, version 0.0.4. Written here and not by an exporter: those make histograms from single records, which
/// would cost each exit more than its own path; ours are counted already.
/// </summary>
internal static class PrometheusText
{
    /// <summary>Content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes everything.</summary>
    public static string Write(NodeMeter node)
    {
        var total = node.Path.Total();
        var text = new StringBuilder(16 * 1024);
        Head(text, "actors_hop_total", "counter", "Steps of the path by hop, with the names of ACRN and Linux");
        foreach (var hop in Enum.GetValues<PathHop>())
            Line(text, $"actors_hop_total{{hop=\"{hop}\"}}", total.Steps[(int)hop]);

        Single(text, "actors_exits_total", "counter", "I/O exits completed", total.Steps[(int)PathHop.VmEntry]);
        Single(text, "actors_bytes_from_guests_total", "counter", "Bytes that ports took from guests", total.BytesFromGuests);
        Single(text, "actors_bytes_written_total", "counter", "Bytes that backends took", total.BytesWritten);
        Single(text, "actors_bytes_dropped_total", "counter", "Bytes dropped by policies of ports", total.BytesDropped);
        Single(text, "actors_bytes_to_guests_total", "counter", "Bytes of input that backends gave", total.BytesToGuests);
        Single(text, "actors_guest_faults_total", "counter", "What guests did that no driver should", total.GuestFaults);
        Single(text, "actors_crashes_total", "counter", "Actors that failed", total.Crashes);
        Single(text, "actors_lease_holds", "gauge", "1 while a majority of nodes has lately answered, so that no other node can own what this one owns", node.Lease.Holds ? 1 : 0);
        Single(text, "actors_lease_held_calls_total", "counter", "Reads and writes of backends without tokens that had to wait for the lease", node.Lease.HeldCalls);
        Single(text, "actors_vms", "gauge", "VMs whose guest side is here", node.Vms);
        Single(text, "actors_services", "gauge", "VMs whose service side is here", node.Services);
        Single(text, "actors_ports", "gauge", "Console ports that are served here", node.Ports);
        Single(text, "actors_memory_bytes", "gauge", "Managed heap, RAM of guests included", NodeMeter.MemoryBytes);
        Single(text, "actors_resident_bytes", "gauge", "Memory of the process", Environment.WorkingSet);

        // By octave, so that a scrape stays small.
        Head(text, "actors_exit_seconds", "histogram", "From a guest's exit to its entry");
        var octaves = new long[LatencyBuckets.Octaves];
        for (var bucket = 0; bucket < total.Latencies.Length; bucket++)
            octaves[bucket / LatencyBuckets.StepsAnOctave] += total.Latencies[bucket];
        Histogram(text, "actors_exit_seconds", "", octaves, total.LatencySum);

        Head(text, "actors_hop_seconds", "histogram", "From the step before a hop to the hop, of exits that were followed");
        foreach (var hop in Enum.GetValues<PathHop>())
        {
            var counts = total.HopLatencies.AsSpan((int)hop * MeterBlock.HopOctaves, MeterBlock.HopOctaves);
            if (counts.ContainsAnyExcept(0))
                Histogram(text, "actors_hop_seconds", $"hop=\"{hop}\"", counts, total.HopSums[(int)hop]);
        }

        return text.ToString();
    }

    private static void Histogram(StringBuilder text, string name, string label, ReadOnlySpan<long> octaves, long nanoseconds)
    {
        var (alone, first) = label.Length == 0 ? ("", "") : ($"{{{label}}}", $"{label},");
        long count = 0;
        for (var octave = 0; octave < octaves.Length; octave++)
        {
            count += octaves[octave];
            var bound = octave == octaves.Length - 1 ? "+Inf" : (LatencyBuckets.OctaveUpperBound(octave) / 1e9).ToString("G6", CultureInfo.InvariantCulture);
            Line(text, $"{name}_bucket{{{first}le=\"{bound}\"}}", count);
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{alone} {nanoseconds / 1e9:R}\n");
        Line(text, $"{name}_count{alone}", count);
    }

    private static void Single(StringBuilder text, string name, string type, string help, long value)
    {
        Head(text, name, type, help);
        Line(text, name, value);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Line(StringBuilder text, string name, long value) => text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
}
