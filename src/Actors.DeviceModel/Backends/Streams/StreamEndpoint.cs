using System.Globalization;

namespace Actors.DeviceModel;

/// <summary>Where a receiver of streams listens: HOST:PORT, with an IPv6 address in brackets.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">TCP port.</param>
internal readonly record struct StreamEndpoint(string Host, int Port)
{
    private const int MaxHost = 253;

    /// <summary>Reads HOST:PORT.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lowestPort">1, or 0 where any free one will do.</param>
    /// <param name="endpoint">What it says.</param>
    public static bool TryParse(string text, int lowestPort, out StreamEndpoint endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port < lowestPort || port > ushort.MaxValue)
            return false;

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal))
            return false;
        if (host.Length is 0 or > MaxHost || Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return false;

        endpoint = new StreamEndpoint(host, port);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
