using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Actors.Cluster;
using Actors.Protocol;
using OpenTelemetry.Exporter;

namespace Actors.Cli.Tests;

/// <summary>What a collector gets. Spans are at ExportTraceServiceRequest 1 (ResourceSpans), 2 (ScopeSpans), 2; metrics the same.</summary>
public sealed class TelemetryTests
{
    private static readonly IoAccess Kick = IoAccess.Store(0x8000_7004, 2, 1);

    [Theory]
    [InlineData("/v1/traces")]
    [InlineData("/v1/metrics")]
    public void Whose_they_are_is_said_of_spans_and_of_metrics(string path)
    {
        var sent = Sent(path)[0];

        Assert.Contains(("service.name", "actors"), OtlpCollector.Attributes(OtlpCollector.Fields(sent, 1, 1, 1)));
        Assert.Equal("Actors", OtlpCollector.Text(Assert.Single(OtlpCollector.Fields(sent, 1, 2, 1, 1).DistinctBy(OtlpCollector.Text))));
        Assert.Equal(PathSpans.Version, OtlpCollector.Text(OtlpCollector.Fields(sent, 1, 2, 1, 2).First()));
    }

    [Fact]
    public void Each_step_is_a_span_below_its_exit()
    {
        var spans = Sent("/v1/traces").SelectMany(sent => OtlpCollector.Fields(sent, 1, 2, 2)).Where(IsOurs).ToList();

        Assert.Equal(["exit", "hypervisor.emulate-io", "vcpu.exit", "vcpu.resume"], spans.Select(Name).Order(StringComparer.Ordinal));
        var root = Convert.ToHexString(OtlpCollector.Fields(spans.Single(span => Name(span) == "exit"), 2).Single());
        Assert.All(spans.Where(span => Name(span) != "exit"), span => Assert.Equal(root, Convert.ToHexString(OtlpCollector.Fields(span, 4).Single())));

        static string Name(byte[] span) => OtlpCollector.Text(OtlpCollector.Fields(span, 5).Single());
        static bool IsOurs(byte[] span) => OtlpCollector.Attributes(OtlpCollector.Fields(span, 9)).Contains(("actors.address", "0x80007004"));
    }

    /// <summary>An exit takes microseconds: bounds in seconds must tell them apart.</summary>
    [Theory]
    [InlineData("actors.exit.duration")]
    [InlineData("actors.hop.duration")]
    public void Durations_have_buckets_of_their_size(string name)
    {
        var metric = Sent("/v1/metrics").SelectMany(sent => OtlpCollector.Fields(sent, 1, 2, 2)).Last(metric => OtlpCollector.Text(OtlpCollector.Fields(metric, 1).Single()) == name);

        Assert.Equal("s", OtlpCollector.Text(OtlpCollector.Fields(metric, 3).Single()));
        var bounds = MemoryMarshal.Cast<byte, double>(OtlpCollector.Fields(metric, 9, 1, 7).First()).ToArray();
        Assert.True(bounds.Count(bound => bound < 100e-6) >= 8, string.Join(' ', bounds));
        Assert.True(bounds[^1] > 10, string.Join(' ', bounds));
    }

    [Fact]
    public void What_a_node_counted_is_sent_before_the_node_is_gone()
    {
        using var collector = new OtlpCollector();
        using var telemetry = Telemetry.Start(Options(collector))!;
        using (var node = new Meter(PathSpans.SourceName))
        {
            PathInstruments.AddTo(node, new PathMeter(TimeProvider.System));
            telemetry.Flush();
        }

        Assert.Contains("actors.exits", collector.At("/v1/metrics").SelectMany(sent => OtlpCollector.Fields(sent, 1, 2, 2, 1)).Select(OtlpCollector.Text));
    }

    private static OtlpOptions Options(OtlpCollector collector) => new(collector.Address, OtlpExportProtocol.HttpProtobuf, "here") { PatienceMilliseconds = 120_000 };

    private static IReadOnlyList<byte[]> Sent(string path)
    {
        using var collector = new OtlpCollector();
        using (var telemetry = Telemetry.Start(Options(collector), new PathMeter(TimeProvider.System))!)
        {
            foreach (var hop in (PathHop[])[PathHop.VmExit, PathHop.EmulateIo, PathHop.VmEntry])
                telemetry.Trace.Record(new PathStep(hop, new VmId(911), 0, 5, Kick));
            telemetry.Dispose();
            Assert.Null(telemetry.Problem);
        }

        return collector.At(path);
    }
}
