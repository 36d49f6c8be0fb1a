using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;

namespace Actors.Cli.Tests;

/// <summary>A collector that keeps what it is sent by OTLP over HTTP, and a reader of its protobuf that knows field numbers only.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, List<byte[]>> _bodies = [];

    public OtlpCollector()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Requests to a path.</summary>
    public IReadOnlyList<byte[]> At(string path)
    {
        lock (_bodies)
            return _bodies.TryGetValue(path, out var bodies) ? [.. bodies] : [];
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Contents of the fields of a number, at a path of numbers.</summary>
    public static IEnumerable<byte[]> Fields(byte[] message, params int[] numbers)
    {
        var found = Of(message, numbers[0]);
        return numbers.Length == 1 ? found : found.SelectMany(inner => Fields(inner, numbers[1..]));
    }

    /// <summary>A text.</summary>
    public static string Text(byte[] field) => Encoding.UTF8.GetString(field);

    /// <summary>Attributes with texts, as name and value.</summary>
    public static IEnumerable<(string Name, string Value)> Attributes(IEnumerable<byte[]> pairs) =>
        pairs.Select(pair => (Text(Fields(pair, 1).Single()), Text(Fields(pair, 2, 1).FirstOrDefault() ?? [])));

    private static List<byte[]> Of(byte[] message, int number)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == number && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        var stream = client.GetStream();
        while (await HeadAsync(stream) is { Length: > 0 } head)
        {
            var lines = head.Split("\r\n");
            var length = int.Parse(lines.Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
            var body = new byte[length];
            await stream.ReadExactlyAsync(body);
            lock (_bodies)
            {
                var path = lines[0].Split(' ')[1];
                if (!_bodies.TryGetValue(path, out var bodies))
                    _bodies[path] = bodies = [];
                bodies.Add(body);
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        }
    }

    private static async Task<string> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
                return "";
            head.Append((char)one[0]);
        }

        return head.ToString().TrimEnd();
    }
}
