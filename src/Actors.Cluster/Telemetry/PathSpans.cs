using System.Diagnostics;
using System.Diagnostics.Metrics;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Makes a trace of each exit for whoever listens to the source <see cref="SourceName"/>, such as OpenTelemetry: a span <c>exit</c> from the VM exit to the entry, and below it a span for each step, with the step's site as its
/// name, from the step until what it led to. What came of the exit later (the device's turn, the interrupt) belongs to it too. Input from outside begins a trace of its own.
/// <para>While nobody listens, a step costs one look. While somebody does, actors give their steps to a thread that makes the spans.</para>
/// </summary>
internal sealed class PathSpans : PathQueue
{
    /// <summary>Name of the source of spans and of the meter.</summary>
    public const string SourceName = "Actors";

    /// <summary>Version of both.</summary>
    public static readonly string? Version = typeof(PathSpans).Assembly.GetName().Version?.ToString(3);

    /// <summary>Steps that wait for what they lead to, at most; the oldest is given up as a span without length.</summary>
    private const int MaxOpen = 4096;

    /// <summary>Steps whose trace is remembered.</summary>
    private const int MaxKnown = 16 * 1024;

    /// <summary>Seconds: OpenTelemetry's own bounds are made for milliseconds, and have a whole exit in their first bucket.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [.. Enumerable.Range(0, LatencyBuckets.Octaves - 1).Select(octave => LatencyBuckets.OctaveUpperBound(octave) / 1e9)],
    };

    private readonly ActivitySource _source = new(SourceName, Version);
    private readonly Meter _meter = new(SourceName, Version);
    private readonly Histogram<double> _hops;
    private readonly Histogram<double> _exits;
    private readonly Counter<long> _missing;
    private readonly PathCauses _causes = new();
    private readonly DateTimeOffset _begun;
    private readonly Dictionary<int, OpenStep> _open = [];
    private readonly Queue<int> _openOrder = [];
    private readonly ActivityContext[] _traces = new ActivityContext[MaxKnown];
    private readonly int[] _traceOf = new int[MaxKnown];
    private readonly Dictionary<(int Vm, int Vcpu), OpenExit> _running = [];
    private readonly KeyValuePair<string, object?>[] _siteTags;
    private int _number;

    /// <summary>Makes it; it begins at once.</summary>
    public PathSpans(TimeProvider clock)
        : base("actors-spans")
    {
        _begun = clock.GetUtcNow();
        _siteTags = [.. Enum.GetValues<PathHop>().Select(hop => new KeyValuePair<string, object?>("actors.site", PathHopSpec.SiteOf(hop)))];
        _hops = _meter.CreateHistogram<double>("actors.hop.duration", "s", "From a step of the path until what it led to", tags: null, Seconds);
        _exits = _meter.CreateHistogram<double>("actors.exit.duration", "s", "From a guest's exit to its entry", tags: null, Seconds);
        _missing = _meter.CreateCounter<long>("actors.hop.missing", "{step}", "Steps that came faster than spans could be made");
        Start();
    }

    /// <summary>Whether anybody wants to know.</summary>
    public bool IsWatched => _source.HasListeners() || _hops.Enabled;

    /// <inheritdoc/>
    public override void Record(in PathStep step)
    {
        if (IsWatched)
            base.Record(step);
    }

    /// <inheritdoc/>
    public override void Record(in LifeStep step)
    {
        if (IsWatched)
            base.Record(step);
    }

    /// <inheritdoc/>
    public override void Record(in DropStep step)
    {
        // Counted already; it belongs to no exit.
    }

    /// <inheritdoc/>
    protected override void Take(ReadOnlySpan<TimedStep> steps, long missing)
    {
        foreach (ref readonly var step in steps)
        {
            if (step.Other is LifeStep life)
                Take(life, step.Stamp);
            else if (step.Other is null)
                Take(step.Step, step.Stamp);
        }

        if (missing > 0)
            _missing.Add(missing);
    }

    /// <inheritdoc/>
    protected override void Ended()
    {
        while (_openOrder.Count > 0)
            GiveUpOldest();
        foreach (var exit in _running.Values)
            End(exit.Span, exit.Stamp);
        _running.Clear();
        _source.Dispose();
        _meter.Dispose();
    }

    private void Take(in PathStep step, long stamp)
    {
        // Numbers begin again some day; what is that old is forgotten.
        var number = _number = _number == int.MaxValue ? 1 : _number + 1;
        var origin = _causes.Take(step, number);
        if (_open.Remove(origin.Cause, out var before))
            Emit(origin.Cause, before, stamp);

        var trace = step.Hop == PathHop.VmExit ? Begin(step, stamp) : TraceOf(origin.Cause);
        Know(number, trace);
        switch (step.Hop)
        {
            case PathHop.VmEntry:
                Emit(number, new OpenStep(step, stamp), stamp);
                Finish(step, stamp);
                break;
            case PathHop.VcpuInterrupt:
                Emit(number, new OpenStep(step, stamp), stamp);
                break;
            default:
                while (_openOrder.Count >= MaxOpen)
                    GiveUpOldest();
                _open[number] = new OpenStep(step, stamp);
                _openOrder.Enqueue(number);
                break;
        }
    }

    private void Take(in LifeStep life, long stamp)
    {
        using var span = _source.StartActivity($"actor.{life.Change.ToString().ToLowerInvariant()}", ActivityKind.Internal, default(ActivityContext), startTime: At(stamp));
        Activity.Current = null;
        span?.SetTag("actors.actor", life.Actor).SetTag("actors.vm", life.Vm.Value).SetTag("actors.reason", life.Reason);
        if (life.Change is LifeChange.Crashed or LifeChange.GaveUp or LifeChange.Failed)
            span?.SetStatus(ActivityStatusCode.Error, life.Reason);
        span?.SetEndTime(At(stamp).UtcDateTime);
    }

    private ActivityContext Begin(in PathStep step, long stamp)
    {
        var key = (step.Vm.Value, step.Vcpu);
        if (_running.Remove(key, out var before))
            End(before.Span, stamp);
        var span = _source.StartActivity("exit", ActivityKind.Internal, default(ActivityContext), startTime: At(stamp));
        Activity.Current = null;
        if (span is { IsAllDataRequested: true })
        {
            Describe(span, step);
            span.SetTag("actors.exit", (long)step.Sequence);
        }

        if (_running.Count < PathCauses.MaxVms)
            _running[key] = new OpenExit(span, step.Sequence, stamp);
        return span?.Context ?? default;
    }

    private void Finish(in PathStep step, long stamp)
    {
        if (!_running.Remove((step.Vm.Value, step.Vcpu), out var exit))
            return;
        End(exit.Span, stamp);
        if (exit.Sequence == step.Sequence)
            _exits.Record(Stopwatch.GetElapsedTime(exit.Stamp, stamp).TotalSeconds);
    }

    private void End(Activity? span, long stamp)
    {
        span?.SetEndTime(At(stamp).UtcDateTime);
        span?.Stop();
        Activity.Current = null;
    }

    /// <summary>The span of a step that is over.</summary>
    private void Emit(int number, in OpenStep open, long end)
    {
        var hop = open.Step.Hop;
        _hops.Record(Stopwatch.GetElapsedTime(open.Stamp, end).TotalSeconds, _siteTags[(int)hop]);
        if (!_source.HasListeners())
            return;
        var parent = TraceOf(number);

        // A trace that isn't sampled has no spans below it.
        if (parent == default && hop is not (PathHop.BackendRead or PathHop.ClientCreate))
            return;
        var span = _source.StartActivity(PathHopSpec.SiteOf(hop), ActivityKind.Internal, parent, startTime: At(open.Stamp));
        Activity.Current = null;
        if (span is null)
            return;
        if (parent == default)
            Know(number, span.Context);
        Describe(span, open.Step);
        span.SetEndTime(At(end).UtcDateTime);
        span.Stop();
        Activity.Current = null;
    }

    private static void Describe(Activity span, in PathStep step)
    {
        span.SetTag("actors.vm", step.Vm.Value);
        span.SetTag("actors.hop", step.Hop.ToString());
        span.SetTag("code.function.name", PathHopSpec.FunctionOf(step.Hop));
        if (step.Vcpu >= 0)
            span.SetTag("actors.vcpu", step.Vcpu);
        if (step.Device != default)
            span.SetTag("actors.device", step.Device.ToString());
        if (step.Room == PathRoom.Port)
            span.SetTag("actors.port", step.Port);
        if (step.Access.Size != 0)
        {
            span.SetTag("actors.address", $"0x{step.Access.Address:x}");
            span.SetTag("actors.access", step.Access.ToString());
        }

        if (step.Name is not null)
            span.SetTag("actors.name", step.Name);
        if (step.Detail != 0)
            span.SetTag("actors.detail", step.Detail);
    }

    private void GiveUpOldest()
    {
        var number = _openOrder.Dequeue();
        if (_open.Remove(number, out var open))
            Emit(number, open, open.Stamp);
    }

    private void Know(int number, in ActivityContext trace) => (_traceOf[number % MaxKnown], _traces[number % MaxKnown]) = (number, trace);

    private ActivityContext TraceOf(int number) => number != 0 && _traceOf[number % MaxKnown] == number ? _traces[number % MaxKnown] : default;

    private DateTimeOffset At(long stamp) => _begun + Stopwatch.GetElapsedTime(Begun, stamp);

    private readonly record struct OpenStep(PathStep Step, long Stamp);

    private readonly record struct OpenExit(Activity? Span, ulong Sequence, long Stamp);
}
