using System.Net;

namespace Actors.Cli.Tests;

/// <summary>Every port that the program listens at, each in a class of its own: they wait much, and may do so beside each other.</summary>
public sealed class NodePortFloodTests : Flood
{
    [ToolFact("sh")]
    public Task The_port_for_nodes() => NodeAsync([], static (address, _) => address);
}

/// <summary>The same behind TLS.</summary>
public sealed class TlsPortFloodTests : Flood
{
    [ToolFact("sh")]
    public Task The_port_for_nodes_with_TLS()
    {
        var tls = PathOf("tls");
        Assert.Equal(0, Invoke(["certificates", "--out", tls], out var said));
        Assert.NotNull(said);
        return NodeAsync(["--tls", tls], static (address, _) => address);
    }
}

/// <summary>HTTP.</summary>
public sealed class HttpPortFloodTests : Flood
{
    [ToolFact("sh")]
    public Task The_port_for_metrics_and_health() => NodeAsync([], static (_, http) => $"127.0.0.1:{http}");
}

/// <summary>A receiver of streams.</summary>
public sealed class StreamPortFloodTests : Flood
{
    [ToolFact("sh")]
    public async Task The_port_for_streams()
    {
        using var receiver = ActorsProcess.Start("receive", "--listen", "127.0.0.1:0");
        const string said = "receiving at ";
        var address = await receiver.ErrorAsync(static line => line.IndexOf(said, StringComparison.Ordinal) is >= 0 and var at ? line[(at + said.Length)..] : null);
        await FloodAsync(receiver, IPEndPoint.Parse(address));
    }
}
