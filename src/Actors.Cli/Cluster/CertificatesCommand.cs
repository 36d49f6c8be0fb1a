using System.CommandLine;
using System.Security.Cryptography;
using Actors.Cluster;

namespace Actors.Cli;

/// <summary><c>actors certificates</c>: an authority and a certificate of it, for tests.</summary>
internal sealed class CertificatesCommand
{
    private const int ValidDays = 365;

    private readonly Option<string> _out = new("--out") { Description = "Folder that the files go to; made if it isn't there", HelpName = "DIR", Required = true };
    private readonly Option<string> _names = new("--names") { Description = "DNS names and addresses of the nodes, with commas. Default: localhost,127.0.0.1", HelpName = "NAMES" };

    public CertificatesCommand()
    {
        Command = new Command("certificates", "Makes an authority and a certificate for actors node --tls. For tests: whoever has the folder is a node.") { _out, _names };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var error = options.InvocationConfiguration.Error;
        var folder = options.GetValue(_out)!;
        var names = (options.GetValue(_names) ?? "localhost,127.0.0.1").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0)
            return Complaint.Say(error, new Mistake("--names names nobody"));
        if (names.FirstOrDefault(name => Uri.CheckHostName(name.Replace("*.", string.Empty, StringComparison.Ordinal)) == UriHostNameType.Unknown) is { } odd)
            return Complaint.Say(error, new Mistake($"--names takes DNS names and addresses, not '{odd}'"));
        if (NodeCertificates.Files.FirstOrDefault(file => File.Exists(Path.Combine(folder, file))) is { } existing)
            return Complaint.Say(error, new Mistake($"{Path.Combine(folder, existing)} exists already, name another folder"));

        try
        {
            var now = DateTimeOffset.UtcNow;
            NodeCertificates.Make(folder, names, now.AddMinutes(-5), now.AddDays(ValidDays));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return Complaint.Say(error, new Mistake($"--out can't make certificates in '{folder}': {Refusal.Of(folder, refused)}, name another folder"));
        }

        options.InvocationConfiguration.Output.WriteLine($"{folder}: {string.Join(", ", NodeCertificates.Files)} for {string.Join(", ", names)}, valid for {ValidDays} days");
        return ExitStatus.Ok;
    }
}
