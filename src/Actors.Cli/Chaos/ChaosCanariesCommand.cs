using System.CommandLine;
using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos canaries</c>: the oracles' own test.</summary>
internal sealed class ChaosCanariesCommand
{
    private readonly Option<string> _jobs = ChaosOptions.Jobs();
    private readonly Option<bool> _json = ChaosOptions.Json();

    public ChaosCanariesCommand()
    {
        Command = new Command("canaries", "Runs deliberately wrong variants, each of which an oracle must catch, and prints how many were caught.") { _jobs, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        if (!ChaosOptions.JobsOf(options.GetValue(_jobs)).TryGet(out var jobs, out var mistake))
            return Complaint.Say(error, mistake);
        using var signals = StopSignals.Register();
        var outcomes = CanaryRun.All(jobs, signals.Stop);
        var caught = outcomes.Count(outcome => outcome.IsCaught);
        if (options.GetValue(_json))
        {
            ChaosJson.Write(output, json =>
            {
                json.WriteNumber("caught", caught);
                json.WriteNumber("total", outcomes.Length);
                json.WriteStartArray("canaries");
                foreach (var outcome in outcomes)
                {
                    json.WriteStartObject();
                    json.WriteString("name", outcome.Flaw.Name);
                    json.WriteString("for", outcome.Flaw.CaughtBy[0]);
                    json.WriteBoolean("caught", outcome.IsCaught);
                    json.WriteString("by", outcome.Oracle);
                    json.WriteNumber("seed", outcome.Seed);
                    json.WriteString("what", outcome.What);
                    json.WriteString("source", outcome.Flaw.Source);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        }
        else
        {
            foreach (var outcome in outcomes)
            {
                output.WriteLine(outcome.IsCaught
                    ? string.Create(CultureInfo.InvariantCulture, $"caught {outcome.Flaw.Name} by {outcome.Oracle} with seed {outcome.Seed}: {outcome.What}")
                    : $"MISSED {outcome.Flaw.Name} ({string.Join(", ", outcome.Flaw.CaughtBy)}): {outcome.What}");
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{caught} of {outcomes.Length} caught"));
        }

        return signals.Status ?? (caught == outcomes.Length ? ExitStatus.Ok : ExitStatus.Failed);
    }
}
