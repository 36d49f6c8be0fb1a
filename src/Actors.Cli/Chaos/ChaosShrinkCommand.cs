using System.CommandLine;
using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos shrink</c>: a failing run made small.</summary>
internal sealed class ChaosShrinkCommand
{
    private readonly Argument<string> _run = ChaosOptions.RunArgument();
    private readonly Option<string> _plan = ChaosOptions.Plan();
    private readonly Option<string> _time = new("--time") { Description = "Wall time for the search. Default: 30s", HelpName = "T" };
    private readonly Option<string> _out = new("--out") { Description = "Where the small choice log goes. Default: beside the given one, or SEED.min.choices.bin", HelpName = "FILE" };
    private readonly Option<string> _flaw = new("--flaw") { Description = "Runs a deliberately wrong variant", HelpName = "NAME" };
    private readonly Option<bool> _json = ChaosOptions.Json();

    public ChaosShrinkCommand()
    {
        Command = new Command("shrink", "Makes a failing run small: fewer faults, less work, a plainer schedule; then tells it in sentences.") { _run, _plan, _time, _out, _flaw, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        var text = options.GetValue(_run)!;
        if (!RunSource.Load(text, options.GetValue(_plan)).TryGet(out var source, out var mistake))
            return Complaint.Say(error, mistake);
        var limits = ShrinkLimits.Standard;
        if (options.GetValue(_time) is { } time)
        {
            if (!ChaosOptions.TimeOf(time).TryGet(out var limit, out mistake))
                return Complaint.Say(error, mistake);
            limits = limits with { Time = limit, Candidates = int.MaxValue };
        }

        var file = options.GetValue(_out) ?? OutputOf(text, source);
        if (OutputFile.Check(file) is { } unwritable)
            return Complaint.Say(error, unwritable);

        using var host = new SimHost();
        var replay = Replay.Of(host, source.Plan, source.Seed, source.Log, ReplayMode.Strict, options.GetValue(_flaw) ?? source.Flaw);
        var oracle = source.Log is { Oracle.Length: > 0 } log && replay.Result.Violations.Any(violation => violation.Oracle == log.Oracle) ? log.Oracle : null;
        if (Shrinker.Shrink(host, replay.Result, limits, TimeProvider.System, oracle) is not { } shrunk)
        {
            return Complaint.Say(error, new Mistake(replay.Result.Verdict == RunVerdict.Failed
                ? Unshrinkable(replay.Result.Violations[0].Oracle)
                : $"the run doesn't fail{(replay.Divergence is null ? "" : $" ({replay.Divergence})")}, so there is nothing to shrink"));
        }

        OutputFile.Write(file, ChoiceLog.Of(shrunk.Smallest, shrunk.Violation).ToBytes());
        if (options.GetValue(_json))
            ChaosJson.Write(output, json => Write(json, shrunk, file));
        else
            Write(output, shrunk, file);
        return ExitStatus.Ok;
    }

    private static string Unshrinkable(string oracle) => CampaignChecks.Knows(oracle)
        ? $"the run fails only beside others of its seed ({oracle}), so it can't be shrunk"
        : "the run fails, but its choices alone don't make it fail again (I30), so it can't be shrunk";

    private static string OutputOf(string text, RunSource source)
    {
        const string end = ".choices.bin";
        var stem = File.Exists(text) ? (text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text) : source.Seed.ToString(CultureInfo.InvariantCulture);
        return stem + ".min" + end;
    }

    private static void Write(TextWriter output, ShrinkResult shrunk, string file)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{shrunk.Violation.Oracle}: {shrunk.OriginalDepth} choices down to {shrunk.Depth} ({shrunk.Smallest.Firings.Length} faults, {shrunk.Smallest.Picks.Length} turns of the schedule), {shrunk.Candidates:N0} runs in {shrunk.Elapsed.TotalSeconds:0.0} s{(shrunk.IsCut ? ", cut by the limit" : "")}"));
        foreach (var sentence in shrunk.Sentences)
            output.WriteLine($"  {sentence}");
        if (shrunk.Difference is { } difference)
            output.WriteLine($"Minimal pair: {difference}.");
        if (shrunk.Divergence is { } divergence)
            output.WriteLine($"The two part there: {divergence.Sentence(shrunk.Smallest.Recording!, shrunk.Neighbour!.Recording!)}.");
        output.WriteLine($"repro: actors chaos replay {file}");
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, ShrinkResult shrunk, string file)
    {
        json.WriteString("oracle", shrunk.Violation.Oracle);
        json.WriteString("what", shrunk.Violation.What);
        json.WriteNumber("originalDepth", shrunk.OriginalDepth);
        json.WriteNumber("depth", shrunk.Depth);
        json.WriteNumber("faults", shrunk.Smallest.Firings.Length);
        json.WriteNumber("picks", shrunk.Smallest.Picks.Length);
        json.WriteNumber("candidates", shrunk.Candidates);
        json.WriteNumber("elapsedSeconds", Math.Round(shrunk.Elapsed.TotalSeconds, 3));
        json.WriteBoolean("cut", shrunk.IsCut);
        json.WriteString("file", file);
        json.WriteStartArray("sentences");
        foreach (var sentence in shrunk.Sentences)
            json.WriteStringValue(sentence);
        json.WriteEndArray();
        if (shrunk.Difference is { } difference)
            json.WriteString("minimalPair", difference);
    }
}
