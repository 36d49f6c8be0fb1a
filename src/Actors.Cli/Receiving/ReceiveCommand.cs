using System.CommandLine;
using System.Net.Sockets;
using Actors.Cluster;

namespace Actors.Cli;

/// <summary><c>actors receive</c>: the other end of <c>stream:</c> ports.</summary>
internal sealed class ReceiveCommand
{
    private const string Nowhere = "";

    private readonly Option<string> _listen = new("--listen")
    {
        Description = "Where to listen: an address of this machine (or localhost, or * for all) and a TCP port, 0 for any free one. Whoever can reach it may write: keep it inside a network that you trust",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "Where the bytes go: to one FILE, to one file for each stream (vm-N.PORT) in a DIRectory, or to standard output (-). A file has its writer's token beside it, in NAME.owner. "
            + "Default: nowhere, they are counted and hashed",
        HelpName = "FILE|DIR|-",
    };

    private readonly Option<bool> _sync = new("--sync")
    {
        Description = "Bytes are acknowledged when they are on the disk (fsync). Default: when the system has them, which outlives this process but not a loss of power",
    };

    private readonly Option<bool> _once = new("--once") { Description = "Ends when the last writer of every stream said that it is done. Default: Ctrl-C" };

    private readonly Option<bool> _json = new("--json") { Description = "Says at the end, as one JSON object on standard output, what was received" };

    public ReceiveCommand()
    {
        Command = new Command("receive", "Receives the output of stream: ports, and knows how much of each it has, so that a port goes on exactly when its node died.") { _listen, _out, _sync, _once, _json };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        var json = options.GetValue(_json);
        if (options.GetValue(_listen) is not { } text)
            return Complaint.Say(error, new Mistake("receive needs an address to listen at, write --listen 127.0.0.1:7001"));
        if (!ListenAddress.Parse(text).TryGet(out var address, out var mistake))
            return Complaint.Say(error, mistake);
        var path = options.GetValue(_out) ?? Nowhere;
        if (path == "-" && json)
            return Complaint.Say(error, new Mistake("--out - and --json both want standard output, give --out a file or a directory"));
        if (path is Nowhere or "-" && options.GetValue(_sync))
            return Complaint.Say(error, new Mistake("--sync is about files, add --out FILE or leave it out"));
        if (!OutputOf(path).TryGet(out var target, out mistake))
            return Complaint.Say(error, mistake);

        using var signals = StopSignals.Register();
        StreamReceiver receiver;
        try
        {
            receiver = StreamReceiver.Start(address, target, options.GetValue(_sync), line => Complaint.Print(error, line));
        }
        catch (SocketException refused)
        {
            return Complaint.Say(error, new Mistake($"'{text}' can't be listened at: {Reason(refused)}"));
        }

        using (receiver)
        {
            Complaint.Print(error, $"receiving at {receiver.Address}");
            var stopped = new TaskCompletionSource();
            using (signals.Stop.Register(() => stopped.TrySetResult()))
                Task.WaitAny(options.GetValue(_once) ? [stopped.Task, receiver.AllOver] : [stopped.Task]);

            receiver.Stop();
            var report = receiver.Report();
            if (json)
                ReceiveReport.WriteJson(output, report);
            else
                ReceiveReport.WriteText(path == "-" ? error : output, report);
            return report.Streams.Any(stream => stream.Problem is not null) ? ExitStatus.Failed : ExitStatus.Ok;
        }
    }

    private static Parsed<StreamOutput> OutputOf(string path)
    {
        if (path == Nowhere)
            return StreamOutput.Nowhere();
        if (path == "-")
            return StreamOutput.To(Console.OpenStandardOutput());
        if (Directory.Exists(path))
            return StreamOutput.ToDirectory(path);
        if (Path.EndsInDirectorySeparator(path))
            return new Mistake($"there is no directory '{path}', create it first");
        return Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent)
            ? new Mistake($"there is no directory for '{path}', create {parent} first")
            : OutputFile.Check(path) is { } closed ? closed : StreamOutput.ToFile(path);
    }

    private static string Reason(SocketException refused) => refused.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "another program listens there, stop it or take another port",
        SocketError.AddressNotAvailable => "this machine has no such address",
        SocketError.AccessDenied => "permission denied, take a port from 1024 on",
        _ => refused.Message,
    };
}
