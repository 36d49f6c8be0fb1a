using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary><c>actors scale</c>: many VMs on several nodes, a workload, and what became of every byte.</summary>
internal sealed class ScaleCommand
{
    private const int MaxNodes = 64;
    private const string LocalHost = "127.0.0.1";

    private readonly Option<string> _vms = new("--vms") { Description = "VMs. Default: what the plan says", HelpName = "N" };
    private readonly Option<string> _nodes = new("--nodes") { Description = $"Starts so many nodes as processes of their own, 1 to {MaxNodes}. Default: one within this process", HelpName = "K" };

    private readonly Option<string> _hocon = new("--hocon") { Description = "With --nodes: HOCON file for Akka that each node gets, as actors node --hocon has it", HelpName = "FILE" };

    private readonly Option<string[]> _join = new("--join")
    {
        Description = "Uses the cluster of these nodes, with all nodes that it has. VMs with socket ports need nodes on this machine",
        HelpName = "HOST:PORT",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _host = new("--host") { Description = "With --join: name or address that the nodes reach this machine by. Default: 127.0.0.1", HelpName = "HOST" };
    private readonly Option<string> _tls = new("--tls") { Description = "With --join: folder with certificates, as actors node --tls has it", HelpName = "DIR" };
    private readonly Option<string> _placement = new("--placement") { Description = "Where a VM's two sides run: both on one node, or each on a node of its own. Default: colocated", HelpName = "colocated|split" };
    private readonly Option<string> _workload = new("--workload") { Description = "What the VMs do: a file (*.scale.yaml), or a plan in the box: bulk, console, echo, exits, idle", HelpName = "PLAN", Required = true };
    private readonly Option<string> _duration = new("--duration") { Description = "Time of full load, with ms, s, m or h. Default: what the plan says", HelpName = "T" };
    private readonly Option<string> _ramp = new("--ramp") { Description = "VMs started each second. Default: what the plan says, or as many as the cluster takes", HelpName = "RATE" };
    private readonly Option<bool> _expectLoss = new("--expect-loss") { Description = "A node that ends does not end the test" };
    private readonly Option<string> _report = new("--report") { Description = "Writes one HTML page with plots", HelpName = "FILE" };
    private readonly Option<bool> _json = ChaosOptions.Json();

    public ScaleCommand()
    {
        Command = new Command("scale", "Runs a workload on many VMs and says what an exit took, what a VM costs, and of every byte whether it arrived once.")
        {
            _vms, _nodes, _hocon, _join, _host, _tls, _placement, _workload, _duration, _ramp, _expectLoss, _report, _json,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        using var keeper = new ProcessKeeper(line => Complaint.Print(error, line));
        if (!Request(options).TryGet(out var request, out var mistake) || !Nodes(options, keeper, error).TryGet(out var nodes, out mistake))
            return Complaint.Say(error, mistake);
        if (request.Plan.Backend == ScaleBackend.Socket && DescriptorLimit.Check(request.Vms, nodes is SingleNode ? 3 : 2, DescriptorLimit.Read()) is { } tooMany)
            return Complaint.Say(error, tooMany);
        var report = options.GetValue(_report);
        if (report is not null && OutputFile.Check(report) is { } unwritable)
            return Complaint.Say(error, unwritable);

        using var signals = StopSignals.Register();
        ScaleResult result;
        try
        {
            result = RunAsync(request, nodes, keeper, error, signals.Stop).GetAwaiter().GetResult();
        }
        catch (NodesMissingException missing)
        {
            return Complaint.Say(error, new Mistake(missing.Message));
        }
        catch (SocketException refused)
        {
            return Complaint.Say(error, new Mistake($"{request.Vms} VMs need two descriptors each in this process, and that can't be: {refused.Message}; allow more (ulimit -n) or take fewer VMs"));
        }
        catch (OperationCanceledException) when (signals.Status is not null)
        {
            return signals.Status.Value;
        }

        if (options.GetValue(_json))
            ChaosJson.Write(output, writer => ScaleJson.Write(writer, result));
        else
            ScaleText.Write(output, result);
        if (report is not null)
            OutputFile.Write(report, page => ScaleReport.Write(page, result));
        return signals.Status ?? (result.IsGood ? ExitStatus.Ok : ExitStatus.Failed);
    }

    private static async Task<ScaleResult> RunAsync(ScaleRequest request, IScaleNodes nodes, ProcessKeeper keeper, TextWriter error, CancellationToken stop)
    {
        // Before the nodes, which remove it when this process and its shell are killed at once.
        using var folder = FolderOf(request.Plan, keeper);
        await using (nodes)
        {
            await nodes.StartAsync(stop);
            using var watch = new ScaleWatch(error, request.Vms);
            using var run = new ScaleRun(request, nodes, folder, watch.Show, line => Complaint.Print(error, line));
            return await run.RunAsync(stop);
        }
    }

    /// <summary>What the sockets of a plan need; null: it has none.</summary>
    public static RunFolder? FolderOf(ScalePlan plan, ProcessKeeper keeper) => plan.Backend == ScaleBackend.Socket ? RunFolder.Make(ConsoleServer.FolderPrefix, keeper) : null;

    private Parsed<ScaleRequest> Request(ParseResult options)
    {
        if (!ScalePlanSource.Load(options.GetValue(_workload)!).TryGet(out var plan, out var mistake))
            return mistake;
        if (!Whole("--vms", options.GetValue(_vms), plan.Vms, ScalePlanReader.MaxVms).TryGet(out var vms, out mistake)
            || !Whole("--ramp", options.GetValue(_ramp), plan.Ramp, ScalePlanReader.MaxVms).TryGet(out var ramp, out mistake))
            return mistake;
        var duration = plan.Duration;
        if (options.GetValue(_duration) is { } text && !ChaosOptions.TimeOf(text).TryGet(out duration, out mistake))
            return new Mistake(mistake.Sentence.Replace("--time", "--duration", StringComparison.Ordinal));
        var placement = VmPlacement.Colocated;
        if (options.GetValue(_placement) is { } word && !Choice.Of<VmPlacement>("--placement", word).TryGet(out placement, out mistake))
            return mistake;
        return new ScaleRequest(plan, vms, placement, duration, ramp, options.GetValue(_host) ?? LocalHost, options.GetValue(_expectLoss));
    }

    private Parsed<IScaleNodes> Nodes(ParseResult options, ProcessKeeper keeper, TextWriter error)
    {
        if (!NodeParser.ParseJoin([.. (options.GetValue(_join) ?? []).Select(item => new Said(item, _join.Name))]).TryGet(out var joined, out var mistake))
            return mistake;
        var join = joined.Nodes;
        var count = options.GetValue(_nodes);
        if (!join.IsEmpty && count is not null)
            return new Mistake("--nodes starts a cluster and --join uses one that runs, give one of them");
        if (join.IsEmpty && (options.GetValue(_host) ?? options.GetValue(_tls)) is not null)
            return new Mistake("--host and --tls go with --join, the nodes of a test are on this machine");
        var hocon = options.GetValue(_hocon);
        if (count is null && hocon is not null)
            return new Mistake("--hocon goes with --nodes, other nodes have their own");
        if (Said.By(_host.Name, options.GetValue(_host)) is { } host && NodeParser.Find(host) is { } nowhere)
            return nowhere;
        if (Said.By(_tls.Name, options.GetValue(_tls)) is { } folder && NodeParser.FindMissing(folder) is { } missing)
            return missing;
        if (!join.IsEmpty)
            return new JoinedNodes(join, options.GetValue(_host) ?? LocalHost, options.GetValue(_tls), line => Complaint.Print(error, line));
        if (count is null)
            return new SingleNode();
        if (!Whole("--nodes", count, 1, MaxNodes).TryGet(out var number, out mistake))
            return mistake;
        if (!NodeParser.ReadHocon(Said.By(_hocon.Name, hocon)).TryGet(out _, out mistake))
            return mistake;
        return new LocalNodes(number, hocon, options.GetValue(_expectLoss), keeper, line => Complaint.Print(error, line));
    }

    private static Parsed<int> Whole(string option, string? text, int standard, int most) => text is null ? standard
        : int.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : new Mistake($"{option} is a number from 1 to {most}, not '{text}'");
}
