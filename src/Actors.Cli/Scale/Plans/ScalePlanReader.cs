using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Makes a <see cref="ScalePlan"/> of a file's text, or says everything that is wrong with it, each with its place.</summary>
internal sealed class ScalePlanReader
{
    /// <summary>Most VMs of a test.</summary>
    public const int MaxVms = 1_000_000;

    private const int MaxName = 100;
    private const int MaxSentence = 1000;
    private const long LeastMemory = 128L << 20;
    private const long MostMemory = 64L << 30;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly (string Word, ScaleGuest Value)[] Guests = [("echo", ScaleGuest.Echo), ("lines", ScaleGuest.Lines), ("exits", ScaleGuest.Exits), ("idle", ScaleGuest.Idle)];

    private static readonly (string Word, ScaleBackend Value)[] Backends = [("socket", ScaleBackend.Socket), ("stream", ScaleBackend.Stream), ("memory", ScaleBackend.Memory)];

    private readonly PlanErrors _errors;

    private ScalePlanReader(PlanErrors errors) => _errors = errors;

    /// <summary>Reads a text.</summary>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="text">What is in it.</param>
    public static (ScalePlan? Plan, ImmutableArray<PlanError> Errors) Read(string file, string text)
    {
        var errors = new PlanErrors(file);
        var plan = PlanNodeReader.Read(text, errors) is { } root ? new ScalePlanReader(errors).Read(root) : null;
        return (errors.IsEmpty ? plan : null, errors.InOrder());
    }

    private ScalePlan? Read(PlanNode root)
    {
        if (PlanFields.Of(root, "a plan", _errors) is not { } fields)
            return null;
        var defaults = new ScalePlan();
        var guest = fields.Choice("guest", Guests);
        if (!fields.Has("guest"))
            fields.Wrong("guest", "a plan needs 'guest:', echo, lines, exits or idle");
        var plan = defaults with
        {
            Name = fields.Needed("name", MaxName),
            Promise = fields.Text("promise", MaxSentence) ?? "",
            Guest = guest ?? defaults.Guest,
            Vms = (int)(fields.Whole("vms", 1, MaxVms) ?? defaults.Vms),
            Duration = fields.Time("duration", TimeSpan.FromSeconds(1), Longest) ?? defaults.Duration,
            Ramp = (int)(fields.Whole("ramp", 1, MaxVms) ?? defaults.Ramp),
            MemoryBytes = Memory(fields) ?? defaults.MemoryBytes,
            Backend = guest switch { ScaleGuest.Lines => ScaleBackend.Stream, ScaleGuest.Exits or ScaleGuest.Idle => ScaleBackend.Memory, _ => ScaleBackend.Socket },
        };
        if (fields.Fields("port", "the port") is { } port)
            plan = Port(port, plan);
        if (fields.Fields("traffic", "the traffic") is { } traffic)
            plan = Traffic(traffic, plan);
        if (fields.Fields("objectives", "the list of objectives") is { } objectives)
            plan = plan with { Objectives = Objectives(objectives) };
        fields.End();
        return plan;
    }

    private static long? Memory(PlanFields fields)
    {
        var bytes = fields.Bytes("memory", LeastMemory, MostMemory);
        if (bytes % VmMemoryStep is > 0)
            fields.Wrong("memory", "'memory' is a multiple of 4KiB");
        return bytes;
    }

    private const long VmMemoryStep = 4096;

    private static ScalePlan Port(PlanFields fields, ScalePlan plan)
    {
        var backend = fields.Choice("backend", Backends);
        if (backend is ScaleBackend.Memory && plan.HasTraffic)
            fields.Wrong("backend", "what goes into memory arrives nowhere: echo takes socket, lines take stream or socket");
        if (backend is ScaleBackend.Stream && plan.Guest == ScaleGuest.Echo)
            fields.Wrong("backend", "a stream has no way back to the guest: echo takes socket");
        plan = plan with
        {
            Backend = backend ?? plan.Backend,
            IsConsole = fields.Flag("console") ?? plan.IsConsole,
            Policy = Policy(fields) ?? plan.Policy,
        };
        fields.End();
        return plan;
    }

    private static PortPolicy? Policy(PlanFields fields)
    {
        if (fields.Scalar("policy", "block, drop or buffer=N") is not { } scalar)
            return null;
        switch (scalar.Text)
        {
            case "block":
                return PortPolicy.Block;
            case "drop":
                return PortPolicy.Drop;
            case var text when text.StartsWith("buffer=", StringComparison.Ordinal) && ByteCount.TryParse(text["buffer=".Length..], out var bytes, out _) && bytes is > 0 and <= PolicyOption.MaxBufferBytes:
                return new PortPolicy(PortPolicyKind.Buffer, (int)bytes);
            default:
                fields.Wrong("policy", $"'policy' is block, drop or buffer=N with up to 64m bytes, not {scalar.Kind}");
                return null;
        }
    }

    private static ScalePlan Traffic(PlanFields fields, ScalePlan plan)
    {
        plan = plan with { LineBytes = (int)(fields.Whole("lineBytes", NumberedLine.MinBytes, NumberedLine.MaxBytes) ?? plan.LineBytes) };
        switch (plan.Guest)
        {
            case ScaleGuest.Echo:
                plan = plan with { LinesPerSecond = Rate(fields) ?? plan.LinesPerSecond };
                break;
            case ScaleGuest.Lines:
                plan = plan with { BytesPerVm = fields.Bytes("bytesPerVm", NumberedLine.MinBytes, 1L << 40) ?? plan.BytesPerVm };
                break;
            default:
                fields.Wrong("traffic", $"a guest that {(plan.Guest == ScaleGuest.Idle ? "is idle" : "only exits")} has no traffic, remove it");
                break;
        }

        fields.End();
        return plan;
    }

    private static double? Rate(PlanFields fields)
    {
        const double most = 100_000;
        if (fields.Scalar("linesPerSecond", "a number, or closedLoop") is not { } scalar)
            return null;
        if (scalar.Text == "closedLoop")
            return 0;
        if (double.TryParse(scalar.Text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var rate) && rate is >= 0.001 and <= most)
            return rate;
        fields.Wrong("linesPerSecond", $"'linesPerSecond' is a number from 0.001 to {most:0}, or closedLoop, not {scalar.Kind}");
        return null;
    }

    private static ImmutableArray<ScaleObjective> Objectives(PlanFields fields)
    {
        var objectives = ImmutableArray.CreateBuilder<ScaleObjective>();
        foreach (var (kind, name, measure, _, _) in ScaleObjectiveWords.All)
        {
            double? limit = measure switch
            {
                ScaleObjectiveWords.Measure.Time => fields.Time(name, TimeSpan.Zero, Longest)?.TotalNanoseconds,
                ScaleObjectiveWords.Measure.Bytes => fields.Bytes(name, 0, long.MaxValue),
                _ => fields.Whole(name, 0, long.MaxValue),
            };
            if (limit is { } given)
                objectives.Add(new ScaleObjective(kind, given));
        }

        fields.End();
        return objectives.ToImmutable();
    }
}
