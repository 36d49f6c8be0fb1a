using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Actors.Cluster;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Actors.Cli;

/// <summary>From a person's texts to a node's options, or to the first mistake.</summary>
internal static class NodeParser
{
    public const int DefaultPort = 4053;
    public const int DefaultHttp = 9100;

    private const int MostHoconBytes = 1 << 20;

    /// <param name="arguments">What the person wrote, all sources together.</param>
    public static Parsed<NodeOptions> Parse(NodeArguments arguments)
    {
        if (!ParseRoles(arguments.Roles).TryGet(out var roles, out var mistake))
            return mistake;
        if (!ParsePort(arguments.Port, DefaultPort).TryGet(out var port, out mistake))
            return mistake;
        if (!ParseHttp(arguments.Http).TryGet(out var http, out mistake))
            return mistake;
        var profile = NodeProfile.Production;
        if (arguments.Profile is { } word && !Choice.Of<NodeProfile>(word.Where, word.Text).TryGet(out profile, out mistake))
            return mistake;
        if (!ParseJoin(arguments.Join ?? []).TryGet(out var join, out mistake))
            return mistake;
        if (!ReadHocon(arguments.Hocon).TryGet(out var hocon, out mistake))
            return mistake;

        var host = arguments.Host ?? new Said("127.0.0.1", "--host");
        var bind = arguments.Bind;
        if ((Find(host) ?? (bind is null ? null : Find(bind))) is { } noAddress)
            return noAddress;
        if (bind is null && IsAnyAddress(host.Text))
            return new Mistake($"{host.Where} {host.Text} is no address that others can be told, write --bind {host.Text} and --host with the node's name");
        if (!Switch(arguments.AllowRemote).TryGet(out var allowRemote, out mistake))
            return mistake;
        if (!allowRemote && arguments.Tls is null && new[] { bind, host }.FirstOrDefault(said => said is not null && !IsLoopback(said.Text)) is { } remote)
            return new Mistake($"without TLS a node listens to its own machine only, and {remote.Where} {remote.Text} is more: add --tls DIR, or --allow-remote where the network is trusted");
        if (arguments.Tls is { } folder && FindMissing(folder) is { } missing)
            return missing;

        return new NodeOptions { Roles = roles.Words, Host = host.Text, Bind = bind?.Text, Port = port.Value, Http = http.Value, Join = join.Nodes, Profile = profile, Tls = arguments.Tls?.Text, Hocon = hocon.Text, HoconName = hocon.Name };
    }

    /// <summary>on or off; off where nothing was said.</summary>
    public static Parsed<bool> Switch(Said? said) => said is null ? false : Choice.Switch(said.Where, said.Text);

    /// <summary>True for a name or address that only this machine reaches.</summary>
    public static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static Parsed<RoleWords> ParseRoles(Said? said)
    {
        if (said is null)
            return new RoleWords(NodeRoles.All);
        var words = said.Split().Select(part => part.Text).Distinct().ToImmutableArray();
        if (words.FirstOrDefault(word => !NodeRoles.All.Contains(word)) is { } unknown)
            return new Mistake($"{said.Where} has no role '{unknown}'{Spelling.Hint(unknown, NodeRoles.All)}, the roles are {string.Join(" and ", NodeRoles.All)}");
        return words.IsEmpty ? new Mistake($"{said.Where} names no role, the roles are {string.Join(" and ", NodeRoles.All)}") : new RoleWords(words);
    }

    private static Parsed<Number> ParsePort(Said? said, int otherwise)
    {
        if (said is null)
            return new Number(otherwise);
        return int.TryParse(said.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? new Number(port)
            : new Mistake($"{said.Where} is a port from 1 to 65535, or 0 for any that is free, not '{said.Text}'");
    }

    private static Parsed<Optional> ParseHttp(Said? said)
    {
        if (said?.Text == "off")
            return new Optional(null);
        if (!ParsePort(said, DefaultHttp).TryGet(out var port, out var mistake))
            return new Mistake($"{mistake.Sentence}; off is none");
        return new Optional(port.Value);
    }

    /// <summary>Nodes as they were written, each text with one or more of them. A text without any is a mistake, most likely a variable that wasn't set: a node without --join founds a cluster of its own.</summary>
    public static Parsed<Names> ParseJoin(IReadOnlyList<Said> nodes)
    {
        if (nodes.FirstOrDefault(said => !said.Split().Any()) is { } nobody)
            return new Mistake($"{nobody.Where} names no node, write host:port or leave it away");
        var split = nodes.SelectMany(said => said.Split()).ToImmutableArray();
        foreach (var node in split)
        {
            var colon = node.Text.LastIndexOf(':');
            if (colon <= 0 || !IsHost(node.Text[..colon]) || !int.TryParse(node.Text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
                return new Mistake($"{node.Where} takes nodes as host:port, not '{node.Text}'");
        }

        return new Names([.. split.Select(node => node.Text)]);
    }

    /// <summary>What a file of <c>--hocon</c> says; without one, nothing.</summary>
    public static Parsed<HoconText> ReadHocon(Said? said)
    {
        if (said is not var (path, where))
            return new HoconText(null, "--hocon");
        try
        {
            if (InputFile.ReadText(path, MostHoconBytes) is not { } text)
                return new Mistake($"{where} '{path}' has more than {MostHoconBytes >> 20} MiB, at most that is read");
            if (HoconBalance.Find(text) is { } unbalanced)
                return new Mistake($"{where} '{path}', {unbalanced}");
            string? included = null;
            ConfigurationFactory.ParseString(
                text,
                file =>
                {
                    included ??= file;
                    var nothing = new HoconValue();
                    nothing.AppendValue(new HoconObject());
                    return new HoconRoot(nothing);
                });
            if (included is not null)
                return new Mistake($"{where} '{path}' includes '{included}', and other files aren't read: write its settings in this one");
            return new HoconText(text, $"{where} '{path}'");
        }
        catch (Exception refused) when (refused is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Mistake($"{where} '{path}': there is no such file");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new Mistake($"{where} '{path}' can't be read: {Refusal.Of(path, refused)}");
        }
#pragma warning disable CA1031 // The parser throws whatever it likes.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            return new Mistake($"{where} '{path}' is no HOCON: {broken.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Null, or which file of certificates a folder lacks.</summary>
    public static Mistake? FindMissing(Said folder)
    {
        foreach (var file in (string[])[NodeCertificates.AuthorityFile, NodeCertificates.CertificateFile, NodeCertificates.KeyFile])
        {
            if (folder.Text.Length == 0 || !File.Exists(Path.Combine(folder.Text, file)))
                return new Mistake($"{folder.Where} '{folder.Text}' has no {file}, actors certificates --out {(folder.Text.Length == 0 ? "DIR" : folder.Text)} makes what tests need");
        }

        return null;
    }

    private static bool IsHost(string text) => Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4;

    /// <summary>Null, or that it is no name and no address.</summary>
    public static Mistake? Find(Said host) => IsHost(host.Text) ? null : new Mistake($"{host.Where} takes a name or an IPv4 address, not '{host.Text}'");

    private static bool IsAnyAddress(string host) => IPAddress.TryParse(host, out var address) && address.Equals(IPAddress.Any);

    private sealed record RoleWords(ImmutableArray<string> Words);

    internal sealed record Names(ImmutableArray<string> Nodes);

    private sealed record Number(int Value);

    private sealed record Optional(int? Value);

    internal sealed record HoconText(string? Text, string Name);
}
