using Actors.Guest;

namespace Actors.Cluster.Tests;

public sealed class InspectPageTests
{
    [Fact]
    public async Task A_node_shows_its_machines_beside_its_metrics()
    {
        await using var node = ClusterNode.Start(new NodeOptions { Http = 0, Profile = NodeProfile.Tests }, new GuestCatalog());
        await node.Up;
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{node.HttpPort}") };

        Assert.Contains("\"count\": 0", await client.GetStringAsync("/inspect"), StringComparison.Ordinal);
        Assert.Equal((404, "vm-9 isn't on this node\n"), await GetAsync(client, "/inspect/vm-9/hsm"));
        Assert.Equal((400, "the path doesn't begin with a VM, such as vm-1\n"), await GetAsync(client, "/inspect/..%2f..%2fetc"));
        Assert.Equal(404, (await GetAsync(client, "/inspector")).Status);
    }

    private static async Task<(int Status, string Body)> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
