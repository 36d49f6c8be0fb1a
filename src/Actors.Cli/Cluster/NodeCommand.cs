using System.CommandLine;
using System.Text.Json;
using Actors.Cluster;
using Actors.Guest;

namespace Actors.Cli;

/// <summary><c>actors node</c>: a node of a cluster until a signal comes. One line on standard output says that it is up, and where.</summary>
internal sealed class NodeCommand
{
    /// <summary>The option of a node whose clock is set from outside.</summary>
    public const string Experiment = "--experiment";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Option<string> _roles = new("--roles") { Description = "What it hosts, with commas: guest (vCPUs, hypervisors), service (HSMs, device models). Default: guest,service", HelpName = "ROLES" };
    private readonly Option<string> _host = new("--host") { Description = "Name or address that others reach it by. Default: 127.0.0.1", HelpName = "HOST" };
    private readonly Option<string> _bind = new("--bind") { Description = "Address to listen on where it isn't that of --host, 0.0.0.0 for all. Default: as --host", HelpName = "ADDRESS" };
    private readonly Option<string> _port = new("--port") { Description = $"TCP port for nodes, 0 for any that is free. Default: {NodeParser.DefaultPort}", HelpName = "PORT" };
    private readonly Option<string[]> _join = new("--join")
    {
        Description = "Nodes of the cluster to join; one that answers is enough. Where all nodes have the same list, the first of it founds the cluster. Default: found one",
        HelpName = "HOST:PORT",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _http = new("--http") { Description = $"Port for metrics and health checks, 0 for any that is free, off for none. Default: {NodeParser.DefaultHttp}", HelpName = "PORT|off" };
    private readonly Option<string> _profile = new("--profile") { Description = "How soon a silent node is taken for dead. Default: production", HelpName = "production|tuned|tests|patient" };
    private readonly Option<string> _tls = new("--tls") { Description = $"Folder with {NodeCertificates.AuthorityFile}, {NodeCertificates.CertificateFile} and {NodeCertificates.KeyFile}: nodes and clients need certificates of this authority", HelpName = "DIR" };
    private readonly Option<bool> _allowRemote = new("--allow-remote") { Description = "Listens to other machines without TLS: whoever reaches the port can do everything" };
    private readonly Option<string> _config = new("--config") { Description = "YAML file with any of these options; the environment (ACTORS_PORT and so on) goes before it, the command line before both", HelpName = "FILE" };
    private readonly Option<string> _hocon = new("--hocon") { Description = "HOCON file for Akka, before everything that these options stand for", HelpName = "FILE" };
    private readonly Option<string> _otlp = new(OtlpOptions.Option) { Description = "Sends traces of exits and metrics to an OpenTelemetry collector by OTLP. Default: OTEL_EXPORTER_OTLP_ENDPOINT, or nowhere", HelpName = "URL" };
    private readonly Option<string?> _leash = new("--leash")
    {
        Description = "Ends at once when standard input ends, and removes DIR, if it is named: for programs that start nodes, and may be killed",
        HelpName = "DIR",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _experiment = new(Experiment) { Description = "With --leash: the node's clock is set by lines on standard input, for fault experiments" };
    private readonly Option<bool> _json = new("--json") { Description = "The line on standard output as JSON" };

    private readonly Func<string, string?> _variable;

    public NodeCommand(Func<string, string?> variable)
    {
        _variable = variable;
        Command = new Command("node", "Runs a node of a cluster until a signal comes; the first lets its machines move, the second ends at once.")
        {
            _roles, _host, _bind, _port, _join, _http, _profile, _tls, _allowRemote, _config, _hocon, _otlp, _leash, _experiment, _json,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    /// <summary>What the options, the environment and the file say together, in this order.</summary>
    public Parsed<NodeArguments> Read(ParseResult options)
    {
        var given = new NodeArguments
        {
            Roles = Given(_roles),
            Host = Given(_host),
            Bind = Given(_bind),
            Port = Given(_port),
            Join = options.GetValue(_join) is { Length: > 0 } join ? [.. join.Select(item => new Said(item, _join.Name))] : null,
            Http = Given(_http),
            Profile = Given(_profile),
            Tls = Given(_tls),
            Hocon = Given(_hocon),
            Otlp = Given(_otlp),
            AllowRemote = Flag(_allowRemote),
            Json = Flag(_json),
        };
        var file = options.GetValue(_config) ?? (_variable(NodeEnvironment.Config) is { Length: > 0 } path ? path : null);
        var written = new NodeArguments();
        if (file is not null && !NodeFile.Read(file).TryGet(out written, out var mistake))
            return mistake;
        return given.Or(NodeEnvironment.Read(_variable)).Or(written);

        Said? Given(Option<string> option) => Said.By(option.Name, options.GetValue(option));
        Said? Flag(Option<bool> option) => options.GetResult(option) is { Implicit: false } ? new Said(options.GetValue(option) ? "on" : "off", option.Name) : null;
    }

    private int Run(ParseResult parsed)
    {
        var error = parsed.InvocationConfiguration.Error;
        if (!Read(parsed).TryGet(out var arguments, out var mistake) || !NodeParser.Parse(arguments).TryGet(out var options, out mistake)
            || !NodeParser.Switch(arguments.Json).TryGet(out var asJson, out mistake) || !OtlpOptions.Parse(arguments.Otlp, _variable).TryGet(out var otlp, out mistake))
        {
            return Complaint.Say(error, mistake);
        }

        var isLeashed = parsed.GetResult(_leash) is { Implicit: false };
        if (parsed.GetValue(_experiment) && !isLeashed)
            return Complaint.Say(error, new Mistake("--experiment takes the clock from standard input, which a node reads with --leash only: add --leash"));
        if (isLeashed)
            Leash.Hold(parsed.GetValue(_leash), parsed.GetValue(_experiment) ? static line => ExperimentClock.Own.TryObey(line) : null);
        using var signals = StopSignals.Register();
        using var telemetry = Telemetry.Start(otlp.Options);
        ClusterNode node;
        try
        {
            node = ClusterNode.Start(options with { Logger = typeof(NodeLogger), Trace = telemetry?.Trace }, new GuestCatalog(), backends: null, parsed.GetValue(_experiment) ? new NodeHooks(static (services, _) => services, Clock: ExperimentClock.Own) : null);
        }
        catch (NodeStartException refused)
        {
            return Complaint.Say(error, new Mistake(refused.Message));
        }

        return RunAsync(node, options, parsed.InvocationConfiguration, asJson, signals, telemetry).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(ClusterNode node, NodeOptions options, InvocationConfiguration streams, bool asJson, StopSignals signals, Telemetry? telemetry)
    {
        var error = streams.Error;
        await using var _ = node;
        if (options.Tls is null)
        {
            Complaint.Print(error, NodeParser.IsLoopback(options.Bind ?? options.Host)
                ? "no TLS: listening to this machine only"
                : "no TLS: whoever reaches the port can do everything");
        }

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = signals.Stop.Register(() => stopped.TrySetResult());
        var decided = Task.WhenAny(node.Up, stopped.Task, node.Removed, node.System.WhenTerminated);

        // That nobody answers is no event: a person is told by the clock, once.
        if (await Task.WhenAny(decided, Task.Delay(Patience)) != decided)
            Complaint.Print(error, $"nobody has let the node in yet; still asking {string.Join(", ", options.Join)}");
        await decided;
        if (node.Up.IsCompleted)
            SayReady(streams.Output, node, asJson);

        await Task.WhenAny(stopped.Task, node.Removed, node.System.WhenTerminated);
        if (stopped.Task.IsCompleted)
        {
            await node.LeaveAsync();
            telemetry?.Flush();
            return ExitStatus.Ok;
        }

        Complaint.Print(error, !node.Up.IsCompleted
            ? "this node ended before it was let in; why, stands above"
            : node.Removed.IsCompleted
            ? "the other nodes went on without this one; its machines are stopped, start it again to join anew, on a machine that is too busy to answer in time with --profile patient"
            : "the actor system ended by itself; its machines are stopped, and what it said stands above");
        telemetry?.Flush();

        // An actor system that doesn't end in time ends with the process.
        await Task.WhenAny(node.System.WhenTerminated, Task.Delay(Patience));
        return ExitStatus.Failed;
    }

    private static void SayReady(TextWriter output, ClusterNode node, bool asJson)
    {
        var http = node.HttpPort;
        output.WriteLine(asJson
            ? JsonSerializer.Serialize(new { @event = "ready", address = node.Address, http, roles = node.Options.Roles })
            : $"ready address={node.Address} http={(http is null ? "off" : http)} roles={string.Join(',', node.Options.Roles)}");
        output.Flush();
    }
}
