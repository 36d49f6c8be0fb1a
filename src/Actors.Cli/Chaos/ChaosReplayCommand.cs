using System.CommandLine;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos replay</c>: one run again.</summary>
internal sealed class ChaosReplayCommand
{
    private readonly Argument<string> _run = ChaosOptions.RunArgument();
    private readonly Option<string> _plan = ChaosOptions.Plan();

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "How a log is followed: strict (the first choice that doesn't fit ends the run), lenient (it is ignored), seed (all is drawn anew). Default: strict",
        HelpName = "strict|lenient|seed",
    };

    private readonly Option<string> _trace = new("--trace") { Description = "Writes the run's events, one JSON object a line", HelpName = "FILE" };
    private readonly Option<string> _flaw = new("--flaw") { Description = "Runs a deliberately wrong variant", HelpName = "NAME" };
    private readonly Option<bool> _json = ChaosOptions.Json();

    public ChaosReplayCommand()
    {
        Command = new Command("replay", "Runs one seed or choice log again. The status is 1 when it fails, as it did before.") { _run, _plan, _mode, _trace, _flaw, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        if (!RunSource.Load(options.GetValue(_run)!, options.GetValue(_plan)).TryGet(out var source, out var mistake))
            return Complaint.Say(error, mistake);
        if (!ChaosOptions.ModeOf(options.GetValue(_mode)).TryGet(out var mode, out mistake))
            return Complaint.Say(error, mistake);
        if (source.Log is null && options.GetResult(_mode) is not null)
            return Complaint.Say(error, new Mistake($"--mode says how a choice log is followed, leave it out for seed {source.Seed}"));
        var flaw = options.GetValue(_flaw) ?? source.Flaw;
        if (flaw is not null && FlawCatalog.Find(flaw) is null)
            return Complaint.Say(error, new Mistake($"there is no flawed variant '{flaw}' (actors chaos list names them)"));
        var file = options.GetValue(_trace);
        if (file is not null && OutputFile.IsSame(file, options.GetValue(_run)!))
            return Complaint.Say(error, new Mistake($"--trace '{file}' is the choice log itself, name another file"));
        if (file is not null && OutputFile.Check(file) is { } unwritable)
            return Complaint.Say(error, unwritable);

        using var host = new SimHost();
        var log = mode == ReplayChoice.Seed ? null : source.Log;
        var replay = Replay.Of(host, source.Plan, source.Seed, log, mode == ReplayChoice.Lenient ? ReplayMode.Lenient : ReplayMode.Strict, flaw);
        if (options.GetValue(_json))
            ChaosJson.Write(output, json => RunText.Write(json, replay, source));
        else
            RunText.Write(output, replay, source);
        if (file is not null)
            OutputFile.Write(file, trace => TraceJson.Write(trace, replay.Result));
        return IsFailed(replay, source) ? ExitStatus.Failed : ExitStatus.Ok;
    }

    /// <summary>A demand of somebody's own test is not known here: when the trace is the same, its failure is, too.</summary>
    private static bool IsFailed(Replay replay, RunSource source) =>
        replay.Result.Verdict == RunVerdict.Failed || replay.Divergence is not null || RunText.IsForeign(replay, source);
}
