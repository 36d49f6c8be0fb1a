using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>A service node of a split VM is killed in the middle of a transfer, with real processes: what the other end of the backend has.</summary>
public sealed partial class ServiceNodeLossTests
{
    [SkippableTheory]
    [InlineData(0.0)]
    [InlineData(0.6)]
    public async Task To_a_stream_every_byte_arrives_once(double share)
    {
        Skip.IfNot(File.Exists("/bin/sh"), "there are no signals");
        using var folder = new TemporaryFolder();
        using var receiver = ActorsProcess.Start($"receive --listen 127.0.0.1:0 --out {folder.Path}/ --once --json");
        var at = (await receiver.ErrorLineAsync(line => line.Contains("receiving at", StringComparison.Ordinal))).Split(' ')[^1];
        await using var relay = new HoldingRelay(IPEndPoint.Parse(at), (1 << 20) + (long)(share * SplitCluster.TotalBytes));
        await using var cluster = await SplitCluster.StartAsync();
        var up = cluster.Start(BackendKind.Stream, relay.Address);
        Assert.NotEqual(up.GuestNode, up.ServiceNode);

        // While the relay holds the rest back the transfer can't end, so the node is killed within it, however fast the machine is.
        await relay.Held.WaitAsync(SplitCluster.Patience);
        var file = new FileInfo(folder.File($"vm-{SplitCluster.Vm.Value}.{SplitCluster.Port}"));
        SplitCluster.Until(() => Length(file) > share * SplitCluster.TotalBytes);
        Assert.InRange(Length(file), 1, SplitCluster.TotalBytes - 1);
        await cluster.KillAsync(up.ServiceNode);
        relay.Open();

        var moved = cluster.Up(after: up.Fence);
        Assert.Equal((up.GuestNode, (VmLoss?)null), (moved.GuestNode, moved.Lost));
        Assert.NotEqual(up.ServiceNode, moved.ServiceNode);
        var down = cluster.Down();
        var port = Assert.Single(down.Ports);
        Assert.Equal((VmEnd.PowerOff, (long)SplitCluster.TotalBytes, (long)SplitCluster.TotalBytes, 0L), (down.End, port.FromGuest, port.Written, port.Dropped));

        var end = await receiver.EndAsync();
        var stream = JsonDocument.Parse(end.OutputText).RootElement.GetProperty("streams")[0];
        var expected = Convert.ToHexStringLower(SHA256.HashData(SplitCluster.Expected()));
        Assert.Equal((expected, 1), (stream.GetProperty("sha256").GetString(), stream.GetProperty("takeovers").GetInt32()));
        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file.FullName))));
    }

    /// <summary>A plain socket can't say what its other end has: the connection breaks, the next one begins before the break, by no more than what a notice says.</summary>
    [SkippableFact]
    public async Task To_a_plain_socket_nothing_is_lost_and_what_may_come_twice_is_told()
    {
        using var folder = new TemporaryFolder();
        using var listener = Listen(folder);
        await using var cluster = await SplitCluster.StartAsync();
        var up = cluster.Start(BackendKind.Socket, folder.File("socket"));

        using var patience = new CancellationTokenSource(SplitCluster.Patience);
        var expected = SplitCluster.Expected();
        var before = await ReadAsync(listener, expected.Length / 2, () => cluster.Kill(up.ServiceNode), patience.Token);
        var after = await ReadAsync(listener, int.MaxValue, () => { }, patience.Token);
        cluster.Up(after: up.Fence);
        Assert.Equal(VmEnd.PowerOff, cluster.Down().End);

        Assert.True(expected.AsSpan(0, before.Length).SequenceEqual(before));
        var begins = expected.AsSpan().IndexOf(after.AsSpan(0, 2 * SplitCluster.LineBytes));
        Assert.InRange(begins, 0, before.Length);
        Assert.True(expected.AsSpan(begins).SequenceEqual(after));
        SplitCluster.Until(() => cluster.Said().Max(Doubled) >= before.Length - begins);
    }

    /// <summary>A node that is asked to go empties its ports first: what comes from the next one begins where the last byte was.</summary>
    [SkippableFact]
    public async Task To_a_plain_socket_a_node_that_leaves_hands_over_without_a_byte_too_few_or_too_many()
    {
        using var folder = new TemporaryFolder();
        using var listener = Listen(folder);
        await using var cluster = await SplitCluster.StartAsync();
        var up = cluster.Start(BackendKind.Socket, folder.File("socket"));

        using var patience = new CancellationTokenSource(SplitCluster.Patience);
        var before = await ReadAsync(listener, SplitCluster.TotalBytes / 4, () => cluster.Leave(up.ServiceNode), patience.Token);
        var after = await ReadAsync(listener, int.MaxValue, () => { }, patience.Token);
        var moved = cluster.Up(after: up.Fence);
        Assert.NotEqual(up.ServiceNode, moved.ServiceNode);
        Assert.Equal(VmEnd.PowerOff, cluster.Down().End);

        Assert.True(SplitCluster.Expected().AsSpan().SequenceEqual((byte[])[.. before, .. after]));
        Assert.Equal(0, cluster.Said().Max(Doubled));
    }

    private static Socket Listen(TemporaryFolder folder)
    {
        Skip.IfNot(Socket.OSSupportsUnixDomainSockets, "there are no UNIX sockets");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("socket")));
        listener.Listen();
        return listener;
    }

    [GeneratedRegex("up to ([0-9]+) bytes may have reached the backend twice")]
    private static partial Regex Twice();

    /// <summary>Bytes that a node says may have come twice.</summary>
    private static long Doubled(string line) => Twice().Match(line) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    private static long Length(FileInfo file)
    {
        file.Refresh();
        return file.Exists ? file.Length : 0;
    }

    /// <summary>All bytes of the next connection; something happens when so many are here.</summary>
    private static async Task<byte[]> ReadAsync(Socket listener, int mark, Action atMark, CancellationToken patience)
    {
        using var socket = await listener.AcceptAsync(patience);
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience) is var count and > 0)
            {
                if (all.Length < mark && all.Length + count >= mark)
                    atMark();
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            // That is how the other end dies.
        }

        return all.ToArray();
    }
}
