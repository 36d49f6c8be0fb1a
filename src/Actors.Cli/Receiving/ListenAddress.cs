using System.Globalization;
using System.Net;

namespace Actors.Cli;

/// <summary>Where to listen: HOST:PORT with an address of this machine, localhost, or * for all of them.</summary>
internal static class ListenAddress
{
    public static Parsed<IPEndPoint> Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return new Mistake($"'{text}' is no HOST:PORT, write for example 127.0.0.1:7001");

        var host = text[..colon];
        if (host == "*")
            return new IPEndPoint(IPAddress.Any, port);
        if (host == "localhost")
            return new IPEndPoint(IPAddress.Loopback, port);
        return (host.Contains(':', StringComparison.Ordinal) ? host.StartsWith('[') && host.EndsWith(']') : host.Count(letter => letter == '.') == 3)
            && IPAddress.TryParse(host.Trim('[', ']'), out var address)
            ? new IPEndPoint(address, port)
            : new Mistake($"'{host}' is no address of this machine, write an IP address (IPv6 in brackets), localhost, or * for all");
    }
}
