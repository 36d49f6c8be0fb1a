using System.Security.Cryptography;
using System.Text.Json;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>A receiver that remembers a token of a cluster which nobody else remembers, with real processes: as after a total restart with the calendar set back.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RememberedTokenTests
{
    private const string Name = "A receiver that remembers";

    [Fact]
    public async Task A_vm_goes_above_the_token_that_its_receiver_remembers_and_every_byte_arrives_once()
    {
        using var folder = new TemporaryFolder();
        var remembered = TokenAt(DateTimeOffset.UtcNow.AddYears(10));
        var file = folder.File($"vm-{SplitCluster.Vm.Value}.{SplitCluster.Port}");
        await File.WriteAllBytesAsync(file, []);
        await File.WriteAllTextAsync(file + ".owner", $$"""{"token":{{remembered.Value}},"base":0}""");
        using var receiver = ActorsProcess.Start($"receive --listen 127.0.0.1:0 --out {folder.Path}/ --once --json");
        var at = (await receiver.ErrorLineAsync(line => line.Contains("receiving at", StringComparison.Ordinal))).Split(' ')[^1];
        await using var cluster = await SplitCluster.StartAloneAsync();

        // The machine is up with a token of today; its port isn't, until it has one above that of in ten years.
        var up = cluster.Start(BackendKind.Stream, at);
        Assert.True(up.Fence < remembered);
        var raised = cluster.Up(after: remembered);
        Assert.Equal((up.GuestNode, up.ServiceNode, (VmLoss?)null), (raised.GuestNode, raised.ServiceNode, raised.Lost));
        var down = cluster.Down();

        var port = Assert.Single(down.Ports);
        Assert.Equal((VmEnd.PowerOff, (long)SplitCluster.TotalBytes, (long)SplitCluster.TotalBytes, 0L), (down.End, port.FromGuest, port.Written, port.Dropped));
        var end = await receiver.EndAsync();
        var stream = Assert.Single(JsonDocument.Parse(end.OutputText).RootElement.GetProperty("streams").EnumerateArray());
        var expected = Convert.ToHexStringLower(SHA256.HashData(SplitCluster.Expected()));
        Assert.Equal((0, expected, raised.Fence.Value), (end.Status, stream.GetProperty("sha256").GetString(), stream.GetProperty("token").GetUInt64()));
        Assert.True(stream.GetProperty("refusedTokens").GetInt64() > 0);
        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))));
        SplitCluster.Until(() => cluster.Said().Any(line => line.Contains($"{SplitCluster.Vm}: it goes on with {raised.Fence}, above what a backend remembers", StringComparison.Ordinal)));
    }

    /// <summary>A token of a cluster that began at a time: its seconds are the upper half.</summary>
    private static FencingToken TokenAt(DateTimeOffset time) => new((ulong)time.ToUnixTimeSeconds() << 32 | 1);
}
