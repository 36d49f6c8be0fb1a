using System.CommandLine;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors chaos list</c>: what there is.</summary>
internal sealed class ChaosListCommand
{
    private static readonly string[] Kinds = ["plans", "faults", "oracles", "workloads", "flaws"];

    private readonly Argument<string?> _what = new("WHAT")
    {
        Description = "plans, faults, oracles, workloads or flaws. Default: all",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = ChaosOptions.Json();

    public ChaosListCommand()
    {
        Command = new Command("list", "Lists the plans in the box with their promises, and the faults, oracles, workloads and flawed variants that there are.") { _what, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        var what = options.GetValue(_what);
        if (what is not null && !Kinds.Contains(what))
            return Complaint.Say(error, new Mistake($"chaos list knows plans, faults, oracles, workloads and flaws, not '{what}'{Spelling.Hint(what, Kinds)}"));

        var lists = Kinds.Where(kind => what is null || kind == what).Select(kind => (Kind: kind, Entries: Entries(kind))).ToList();
        if (options.GetValue(_json))
        {
            ChaosJson.Write(output, json =>
            {
                foreach (var (kind, entries) in lists)
                {
                    json.WriteStartArray(kind);
                    foreach (var (name, meaning) in entries)
                    {
                        json.WriteStartObject();
                        json.WriteString("name", name);
                        json.WriteString("meaning", meaning);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                }
            });
            return ExitStatus.Ok;
        }

        foreach (var (kind, entries) in lists)
        {
            output.WriteLine($"{kind}:");
            foreach (var (name, meaning) in entries)
                output.WriteLine($"  {name,-36} {meaning}");
        }

        return ExitStatus.Ok;
    }

    private static List<(string Name, string Meaning)> Entries(string kind) => kind switch
    {
        "plans" => [.. ShippedPlans.Names.Select(name => (name, Promise(ShippedPlans.Find(name))))],
        "faults" => [.. FaultCatalog.All.Select(fault => ($"{fault.Row} {fault.Do}", $"{fault.Summary} Sites: {string.Join(", ", fault.Sites)}."))],
        "oracles" => [.. OracleCatalog.All.Select(oracle => (oracle.Id, oracle.Statement)), .. CampaignChecks.All],
        "workloads" => [.. WorkloadCatalog.All.Select(workload => (workload.Kind, workload.Summary + string.Concat(workload.Options.Select(option => $" {option.Name}: {option.Meaning}"))))],
        _ => [.. FlawCatalog.Makers.Select(make => make()).Select(flaw => (flaw.Name, $"{flaw.Source}. Caught by {string.Join(", ", flaw.CaughtBy)}."))],
    };

    private static string Promise(Plan plan) => plan.Museum is null ? plan.Promise : $"{plan.Promise} ({plan.Museum})";
}
