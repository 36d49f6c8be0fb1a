using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Actors.Cluster;
using Akka.Configuration;

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
        if (!ParsePort("--port", arguments.Port, DefaultPort).TryGet(out var port, out mistake))
            return mistake;
        if (!ParseHttp(arguments.Http).TryGet(out var http, out mistake))
            return mistake;
        if (!Choice.Of<NodeProfile>("--profile", arguments.Profile ?? nameof(NodeProfile.Production)).TryGet(out var profile, out mistake))
            return mistake;
        if (!ParseJoin(arguments.Join ?? []).TryGet(out var join, out mistake))
            return mistake;
        if (!ReadHocon(arguments.Hocon).TryGet(out var hocon, out mistake))
            return mistake;

        var host = arguments.Host ?? "127.0.0.1";
        var bind = arguments.Bind;
        if (Find(host) is { } badHost)
            return new Mistake($"--host {badHost}");
        if (bind is not null && Find(bind) is { } badBind)
            return new Mistake($"--bind {badBind}");
        if (bind is null && IsAnyAddress(host))
            return new Mistake($"--host {host} is no address that others can be told, write --bind {host} and --host with the node's name");
        if (arguments.AllowRemote != true && arguments.Tls is null && !(IsLoopback(host) && (bind is null || IsLoopback(bind))))
            return new Mistake($"without TLS a node listens to its own machine only, and '{(bind is null || IsLoopback(bind) ? host : bind)}' is more: add --tls DIR, or --allow-remote where the network is trusted");
        if (arguments.Tls is { } folder && FindMissing(folder) is { } missing)
            return missing;

        return new NodeOptions { Roles = roles.Words, Host = host, Bind = bind, Port = port.Value, Http = http.Value, Join = join.Nodes, Profile = profile, Tls = arguments.Tls, Hocon = hocon.Text };
    }

    /// <summary>True for a name or address that only this machine reaches.</summary>
    public static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static Parsed<RoleWords> ParseRoles(string? text)
    {
        if (text is null)
            return new RoleWords(NodeRoles.All);
        var words = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToImmutableArray();
        if (words.FirstOrDefault(word => !NodeRoles.All.Contains(word)) is { } unknown)
            return new Mistake($"--roles has no role '{unknown}'{Spelling.Hint(unknown, NodeRoles.All)}, the roles are {string.Join(" and ", NodeRoles.All)}");
        return words.IsEmpty ? new Mistake($"--roles names no role, the roles are {string.Join(" and ", NodeRoles.All)}") : new RoleWords(words);
    }

    private static Parsed<Number> ParsePort(string option, string? text, int otherwise)
    {
        if (text is null)
            return new Number(otherwise);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? new Number(port)
            : new Mistake($"{option} is a port from 1 to 65535, or 0 for any that is free, not '{text}'");
    }

    private static Parsed<Optional> ParseHttp(string? text)
    {
        if (text == "off")
            return new Optional(null);
        if (!ParsePort("--http", text, DefaultHttp).TryGet(out var port, out var mistake))
            return new Mistake($"{mistake.Sentence}; off is none");
        return new Optional(port.Value);
    }

    private static Parsed<Names> ParseJoin(IReadOnlyList<string> nodes)
    {
        foreach (var node in nodes)
        {
            var colon = node.LastIndexOf(':');
            if (colon <= 0 || Find(node[..colon]) is not null || !int.TryParse(node.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
                return new Mistake($"--join takes nodes as host:port, not '{node}'");
        }

        return new Names([.. nodes]);
    }

    /// <summary>What a file of <c>--hocon</c> says; without one, nothing.</summary>
    public static Parsed<HoconText> ReadHocon(string? path)
    {
        if (path is null)
            return new HoconText(null);
        try
        {
            if (InputFile.ReadText(path, MostHoconBytes) is not { } text)
                return new Mistake($"--hocon '{path}' has more than {MostHoconBytes >> 20} MiB, at most that is read");
            ConfigurationFactory.ParseString(text);
            return new HoconText(text);
        }
        catch (Exception refused) when (refused is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Mistake($"--hocon '{path}': there is no such file");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new Mistake($"--hocon '{path}' can't be read: {Refusal.Of(path, refused)}");
        }
#pragma warning disable CA1031 // The parser throws whatever it likes.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            return new Mistake($"--hocon '{path}' is no HOCON: {broken.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Null, or which file of certificates a folder lacks.</summary>
    public static Mistake? FindMissing(string folder)
    {
        foreach (var file in (string[])[NodeCertificates.AuthorityFile, NodeCertificates.CertificateFile, NodeCertificates.KeyFile])
        {
            if (!File.Exists(Path.Combine(folder, file)))
                return new Mistake($"--tls '{folder}' has no {file}, actors certificates --out {folder} makes what tests need");
        }

        return null;
    }

    private static string? Find(string host) =>
        Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 ? null : $"takes a name or an IPv4 address, not '{host}'";

    private static bool IsAnyAddress(string host) => IPAddress.TryParse(host, out var address) && address.Equals(IPAddress.Any);

    private sealed record RoleWords(ImmutableArray<string> Words);

    private sealed record Names(ImmutableArray<string> Nodes);

    private sealed record Number(int Value);

    private sealed record Optional(int? Value);

    internal sealed record HoconText(string? Text);
}
