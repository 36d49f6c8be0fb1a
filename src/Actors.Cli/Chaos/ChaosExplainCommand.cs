using System.CommandLine;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos explain</c>: a run in sentences.</summary>
internal sealed class ChaosExplainCommand
{
    private readonly Argument<string> _run = ChaosOptions.RunArgument();
    private readonly Option<string> _plan = ChaosOptions.Plan();
    private readonly Option<string> _flaw = new("--flaw") { Description = "Runs a deliberately wrong variant", HelpName = "NAME" };
    private readonly Option<bool> _json = ChaosOptions.Json();

    public ChaosExplainCommand()
    {
        Command = new Command("explain", "Tells a run in sentences: its faults, what they hit, what never happened afterwards. Best after chaos shrink.") { _run, _plan, _flaw, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        if (!RunSource.Load(options.GetValue(_run)!, options.GetValue(_plan)).TryGet(out var source, out var mistake))
            return Complaint.Say(error, mistake);
        using var host = new SimHost();
        var replay = Replay.Of(host, source.Plan, source.Seed, source.Log, ReplayMode.Strict, options.GetValue(_flaw) ?? source.Flaw);
        var sentences = Explanation.Of(replay.Result);
        if (options.GetValue(_json))
        {
            ChaosJson.Write(output, json =>
            {
                RunText.Write(json, replay, source);
                json.WriteStartArray("sentences");
                foreach (var sentence in sentences)
                    json.WriteStringValue(sentence);
                json.WriteEndArray();
            });
        }
        else
        {
            foreach (var sentence in sentences)
                output.WriteLine(sentence);
            if (replay.Divergence is { } divergence)
                output.WriteLine($"DIVERGED {divergence}");
        }

        return ExitStatus.Ok;
    }
}
