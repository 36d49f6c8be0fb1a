using System.Net.Sockets;
using System.Text;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

public sealed class HostileBytesTests
{
    private const int Repeats = 20;

    public static TheoryData<string> Kinds => ["random", "huge frame", "negative frame", "many small frames", "HTTP", "TLS", "nothing"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Bytes_on_the_port_for_nodes_have_no_effect(string kind)
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var node = cluster.Nodes[0];
        for (var seed = 0; seed < Repeats; seed++)
            Send(node.Address, Bytes(kind, seed));

        await Serves(node);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Bytes_on_the_port_for_metrics_have_no_effect(string kind)
    {
        await using var cluster = await TestCluster.StartAsync(1, (_, options) => options with { Http = 0 });
        var port = cluster.Nodes[0].HttpPort!.Value;
        for (var seed = 0; seed < Repeats; seed++)
            Send($"127.0.0.1:{port}", Bytes(kind, seed));

        using var client = new HttpClient();
        Assert.Contains("actors_vms 0", await client.GetStringAsync($"http://127.0.0.1:{port}/metrics"), StringComparison.Ordinal);
        Assert.Equal("live\n", await client.GetStringAsync($"http://127.0.0.1:{port}/health/live"));
        Assert.Equal("ready\n", await client.GetStringAsync($"http://127.0.0.1:{port}/health/ready"));
        using var missing = await client.GetAsync($"http://127.0.0.1:{port}/secrets");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task A_type_that_JSON_names_is_not_made()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var node = cluster.Nodes[0];
        await using var outside = new Observer();

        // Akka's default binding makes JSON with $type of it.
        outside.Tell(node.Address, new Bait { Trap = "set" });
        outside.Tell(node.Address, new Dictionary<string, object> { ["a"] = new Bait() });

        // Over the same connection, so behind what was sent before.
        Serves(node, outside);

        // Once to write each; reading would have set it again.
        Assert.Equal(1, Bait.TimesSet);
    }

    [Fact]
    public async Task A_wire_message_of_another_build_or_cut_short_has_no_effect()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var node = cluster.Nodes[0];
        await using var outside = new Observer("""
            akka.actor.serializers.forged = "Actors.Cluster.Tests.ForgingSerializer, Actors.Cluster.Tests"
            akka.actor.serialization-bindings { "Actors.Cluster.Tests.Forged, Actors.Cluster.Tests" = forged }

            """);
        var random = new Random(5);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(0, 200)];
            random.NextBytes(bytes);
            outside.Tell(node.Address, new Forged(bytes));
        }

        // As Hyperion writes it: a type by its name.
        outside.Tell(node.Address, new Forged([.. BitConverter.GetBytes(WireSchema.Instance.Fingerprint), 255, .. BitConverter.GetBytes(44), .. Encoding.UTF8.GetBytes("System.Diagnostics.Process, System.Diagnostics")]));
        await Serves(node);
    }

    [Fact]
    public async Task A_node_with_other_wire_types_is_not_let_in_and_does_not_hurt()
    {
        await using var cluster = await TestCluster.StartAsync(1, static (_, options) => TestCluster.Missing(options));
        var stranger = ClusterNode.Start(
            new NodeOptions { Profile = NodeProfile.Tests, Join = [cluster.Nodes[0].Address], Hocon = "akka.loggers = [], akka.cluster.roles = [guest, service, wire-00000000]" },
            new Actors.Guest.GuestCatalog());
        await using (stranger)
            await Task.WhenAny(stranger.Removed, stranger.System.WhenTerminated).WaitAsync(Observer.Patience);

        Assert.False(cluster.Nodes[0].Removed.IsCompleted);
        await Serves(cluster.Nodes[0]);
    }

    private static async Task Serves(ClusterNode node)
    {
        await using var outside = new Observer();
        Serves(node, outside);
    }

    private static void Serves(ClusterNode node, Observer outside)
    {
        outside.Start(node.Address, TestCluster.Idle(1));
        Assert.Equal(1, node.Services.Memory is Actors.Guest.GuestRamDirectory rams ? rams.Count : 0);
    }

    private static byte[] Bytes(string kind, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[random.Next(1, 4096)];
        random.NextBytes(bytes);
        switch (kind)
        {
            case "huge frame":
                return [.. BitConverter.GetBytes(int.MaxValue - seed), .. bytes];
            case "negative frame":
                return [0xFF, 0xFF, 0xFF, (byte)(0x80 | seed), .. bytes];
            case "many small frames":
                return [.. Enumerable.Range(0, 500).SelectMany(_ => new byte[] { 1, 0, 0, 0, (byte)random.Next(256) })];
            case "HTTP":
                return Encoding.ASCII.GetBytes(seed % 2 == 0 ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n" : "POST /" + new string('a', 20_000));
            case "TLS":
                return [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, .. bytes];
            case "nothing":
                return [];
            default:
                return bytes;
        }
    }

    private static void Send(string address, byte[] bytes)
    {
        var parts = address.Split(':');
        using var client = new TcpClient(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            client.GetStream().Write(bytes);
            client.GetStream().Flush();
        }
        catch (IOException)
        {
            // Refused already.
        }
    }
}

/// <summary>A type that nobody may be made to make.</summary>
public sealed class Bait
{
    private static int _timesSet;
    private string _trap = string.Empty;

    public static int TimesSet => Volatile.Read(ref _timesSet);

    public string Trap
    {
        get => _trap;
        set
        {
            _trap = value;
            Interlocked.Increment(ref _timesSet);
        }
    }
}

/// <summary>Bytes that pretend to be a wire message's.</summary>
public sealed record Forged(byte[] Bytes);

/// <summary>Writes them under the wire serializer's number.</summary>
public sealed class ForgingSerializer(ExtendedActorSystem system) : Akka.Serialization.Serializer(system)
{
    public override int Identifier => 1702;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => ((Forged)obj).Bytes;

    public override object FromBinary(byte[] bytes, Type type) => throw new NotSupportedException();
}
