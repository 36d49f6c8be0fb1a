using System.CommandLine;
using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary><c>actors run</c>: options to texts, texts to a machine, a machine to its end. Standard output belongs to the guest; everything else goes to standard error.</summary>
internal sealed class RunCommand
{
    private readonly Option<string[]> _slots = new(RunOptionNames.Slot)
    {
        Description = "A console in a PCI slot: SLOT,virtio-console,PORT{,PORT}. SLOT is S, S:F or 0:S:F; PORT is [@]TYPE:NAME[=PATH][:ROLE] with TYPE stdio, tty, "
            + $"pty, file, socket or stream (PATH is HOST:PORT of an actors receive); @ makes it a console; ROLE is server or client. Repeatable. Default: {RunParser.DefaultSlot}",
        HelpName = "SLOT,virtio-console,PORT",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _memory = new(RunOptionNames.Memory)
    {
        Description = "RAM, 128m to 64g, with k, m or g. Untouched pages cost nothing. Default: 256m",
        HelpName = "SIZE",
    };

    private readonly Option<string> _vcpus = new(RunOptionNames.Vcpus) { Description = "vCPUs, 1 to 16. Default: 1", HelpName = "N" };

    private readonly Option<string[]> _guest = new(RunOptionNames.Guest)
    {
        Description = "What runs on the vCPUs, and its arguments up to the next option. Default: " + RunParser.DefaultGuest
            + string.Concat(GuestCatalog.Help.Select(guest => $"\n{guest.Usage}: {guest.Summary}")),
        HelpName = "NAME ARGS",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _ioeventfd = new(RunOptionNames.Ioeventfd)
    {
        Description = "Queue doorbells are registered with the HSM (on), or take the slow path through the device model (off). Default: on",
        HelpName = "on|off",
    };

    private readonly Option<string> _asyncio = new(RunOptionNames.Asyncio)
    {
        Description = "Registered doorbells don't stop the vCPU. Default: off",
        HelpName = "on|off",
    };

    private readonly Option<string> _transport = new(RunOptionNames.Transport)
    {
        Description = "virtio-pci interfaces that devices offer. Default: transitional",
        HelpName = "modern|legacy|transitional",
    };

    private readonly Option<string[]> _policies = new(RunOptionNames.Policy)
    {
        Description = "What happens to bytes that a backend can't take now: block, drop or buffer=N[K|M], for all ports or as NAME:POLICY{,NAME:POLICY}. Repeatable. "
            + "Default: block for stdio, tty, file, stream and a connected socket, buffer=64k for a pty and a socket without a client",
        HelpName = "POLICY",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _polling = new(RunOptionNames.Polling)
    {
        Description = "vCPUs poll for the completion of their requests instead of being notified. Default: off",
        HelpName = "on|off",
    };

    private readonly Option<string> _trace = new(RunOptionNames.Trace)
    {
        Description = "Prints the hops of each exit with the names that ACRN and Linux give them: --trace=FILE to a file, --trace to standard error",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _traceFormat = new(RunOptionNames.TraceFormat)
    {
        Description = "text: for people. json: one JSON object a line, with times; actors trace draws both. Default: json for a FILE that ends in .jsonl, else text",
        HelpName = "text|json",
    };

    private readonly Option<string> _otlp = new(RunOptionNames.Otlp)
    {
        Description = "Sends a trace of each exit and metrics to an OpenTelemetry collector, by OTLP over HTTP (gRPC with OTEL_EXPORTER_OTLP_PROTOCOL=grpc). Default: OTEL_EXPORTER_OTLP_ENDPOINT, or nowhere",
        HelpName = "URL",
    };

    private readonly Option<string[]> _inspect = new(RunOptionNames.Inspect)
    {
        Description = "Prints what is at this path of the machine's state (pci-0.3.0/queue-1/avail; * for any name) whenever SIGQUIT comes, and before a signal ends the run. Repeatable",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly IMachineRunner _runner;
    private readonly Func<GuestSpec, string?> _validateGuest;

    public RunCommand(IMachineRunner runner, Func<GuestSpec, string?> validateGuest)
    {
        _runner = runner;
        _validateGuest = validateGuest;
        Command = new Command("run", "Makes one machine and runs it until its guest powers off or a signal comes.")
        {
            _slots, _memory, _vcpus, _guest, _ioeventfd, _asyncio, _transport, _policies, _polling, _trace, _traceFormat, _otlp, _inspect,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    /// <summary>The texts of the options.</summary>
    public RunArguments Texts(ParseResult options) => new()
    {
        Slots = options.GetValue(_slots) ?? [],
        Memory = options.GetValue(_memory),
        Vcpus = options.GetValue(_vcpus),
        Guest = options.GetValue(_guest) ?? [],
        Ioeventfd = options.GetValue(_ioeventfd),
        Asyncio = options.GetValue(_asyncio),
        Transport = options.GetValue(_transport),
        Policies = options.GetValue(_policies) ?? [],
        Polling = options.GetValue(_polling),
    };

    private int Run(ParseResult options)
    {
        var error = options.InvocationConfiguration.Error;
        if (options.GetResult(_guest) is { IdentifierTokenCount: > 1 })
            return Complaint.Say(error, new Mistake("--guest is given twice, a machine has one guest"));
        if (!RunParser.Parse(Texts(options), _validateGuest).TryGet(out var spec, out var mistake))
            return Complaint.Say(error, mistake);
        if (!OtlpOptions.Parse(Said.By(OtlpOptions.Option, options.GetValue(_otlp)), Environment.GetEnvironmentVariable).TryGet(out var otlp, out mistake))
            return Complaint.Say(error, mistake);
        if (!InspectOption.Parse(options.GetValue(_inspect) ?? [], spec.Vm).TryGet(out var inspected, out mistake))
            return Complaint.Say(error, mistake);
        if (!OpenTrace(options, spec.Guest.Name, error).TryGet(out var trace, out mistake))
            return Complaint.Say(error, mistake);

        using var signals = StopSignals.Register();
        MachineResult result;
        var meter = otlp.Options is null ? null : new PathMeter(TimeProvider.System);
        var telemetry = Telemetry.Start(otlp.Options, meter);
        using (trace)
        using (telemetry)
        {
            var watched = PathFan.Of(trace.Writer, PathFan.Of(meter, telemetry?.Trace));
            result = _runner.RunAsync(spec, new RunOptions(watched, notice => Complaint.Print(error, notice), inspected.Request(line => Complaint.Print(error, line))), signals.Stop).GetAwaiter().GetResult();
            if (result is MachineResult.Refused)
                trace.Discard();
        }

        if (trace.Problem is { } problem)
            Complaint.Print(error, problem);
        if (telemetry?.Problem is { } unsent)
            Complaint.Print(error, unsent);
        foreach (var line in RunReport.Lines(result, spec))
            Complaint.Print(error, line);
        return RunReport.Status(result, signals.Status, trace.HasFailed);
    }

    private Parsed<TraceOutput> OpenTrace(ParseResult options, string guest, TextWriter error)
    {
        var format = options.GetValue(_traceFormat);
        if (options.GetResult(_trace) is null)
            return format is null ? TraceOutput.None() : new Mistake("--trace-format needs --trace");

        var path = options.GetValue(_trace) is { Length: > 0 } given ? given : null;
        var standard = path?.EndsWith(".jsonl", StringComparison.Ordinal) == true ? TraceFileFormat.Json : TraceFileFormat.Text;
        if (!(format is null ? standard : Choice.Of<TraceFileFormat>(RunOptionNames.TraceFormat, format)).TryGet(out var chosen, out var mistake))
            return mistake;
        return path is null ? TraceOutput.To(error, chosen, guest) : TraceOutput.ToFile(path, chosen, guest);
    }
}
