using System.Diagnostics;
using System.Diagnostics.Metrics;
using Actors.Cluster;
using Actors.Protocol;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Actors.Cli;

/// <summary>Sends the spans and metrics of this process by OTLP until disposed. A collector that isn't there costs nothing but what it would have got; how much is said at the end.</summary>
internal sealed class Telemetry : IDisposable
{
    private const string Service = "actors";

    /// <summary>Spans that wait to be sent.</summary>
    private const int MaxWaiting = 64 * 1024;
    private const int MaxSent = 4096;

    private readonly OtlpOptions _options;
    private readonly PathSpans _spans = new(TimeProvider.System);
    private readonly Meter? _meter;
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;
    private readonly SpanExporter _exporter;

    private Telemetry(OtlpOptions options, PathMeter? path)
    {
        _options = options;
        var resource = ResourceBuilder.CreateDefault().AddService(Service, serviceVersion: PathSpans.Version).AddEnvironmentVariableDetector();
        var traces = new OtlpExporterOptions();
        options.Apply(traces, "traces");
        _exporter = new SpanExporter(traces);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(PathSpans.SourceName)
            .AddProcessor(new BatchActivityExportProcessor(_exporter, MaxWaiting, maxExportBatchSize: MaxSent)).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(PathSpans.SourceName)
            .AddOtlpExporter(metrics => options.Apply(metrics, "metrics")).Build();
        if (path is null)
            return;
        _meter = new Meter(PathSpans.SourceName, PathSpans.Version);
        PathInstruments.AddTo(_meter, path);
    }

    /// <summary>Makes spans of steps.</summary>
    public PathTrace Trace => _spans;

    /// <summary>Null, or what a person should know at the end.</summary>
    public string? Problem => _exporter.Failed == 0 ? null : $"{_exporter.Failed} spans could not be sent to {_options.Name}, is a collector there?";

    /// <summary>Begins; null where nothing is to be sent.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="path">Counters that no other meter of the process tells, or null.</param>
    public static Telemetry? Start(OtlpOptions? options, PathMeter? path = null) => options is null ? null : new Telemetry(options, path);

    /// <summary>Sends what was counted until now. Counters that are read when somebody collects are gone with their owner, so before that.</summary>
    public void Flush() => _metrics.ForceFlush(_options.PatienceMilliseconds);

    /// <summary>Sends what waits, for a few seconds at most.</summary>
    public void Dispose()
    {
        _spans.Dispose();
        _traces.Shutdown(_options.PatienceMilliseconds);
        _metrics.Shutdown(_options.PatienceMilliseconds);
        _traces.Dispose();
        _metrics.Dispose();
        _meter?.Dispose();
    }

    /// <summary>Counts what isn't taken. No wrapper: only an exporter that the provider itself has knows whose spans these are.</summary>
    private sealed class SpanExporter(OtlpExporterOptions options) : OtlpTraceExporter(options)
    {
        private long _failed;

        public long Failed => Interlocked.Read(ref _failed);

        public override ExportResult Export(in Batch<Activity> batch)
        {
            var result = base.Export(batch);
            if (result != ExportResult.Success)
                Interlocked.Add(ref _failed, batch.Count);
            return result;
        }
    }
}
