using System.Text.Json;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class InspectPageTests
{
    [Fact]
    public async Task A_node_shows_its_machines_beside_its_metrics()
    {
        await using var node = ClusterNode.Start(new NodeOptions { Http = 0, Profile = NodeProfile.Tests }, new GuestCatalog());
        await node.Up.WaitAsync(Observer.Patience);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{node.HttpPort}") };

        Assert.Contains("\"count\": 0", await client.GetStringAsync("/inspect"), StringComparison.Ordinal);
        Assert.Equal((404, "vm-9 isn't on this node\n"), await GetAsync(client, "/inspect/vm-9/hsm"));
        Assert.Equal((400, "the path doesn't begin with a VM, such as vm-1\n"), await GetAsync(client, "/inspect/..%2f..%2fetc"));
        Assert.Equal(404, (await GetAsync(client, "/inspector")).Status);
    }

    [Fact]
    public async Task A_machine_on_a_node_is_seen_by_path()
    {
        await using var cluster = await TestCluster.StartAsync(1, (_, options) => options with { Http = 0 });
        await using var outside = new Observer();
        var node = cluster.Nodes[0];
        outside.Start(node.Address, TestCluster.Idle(7));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{node.HttpPort}") };

        Assert.Equal("vm-7", Assert.Single((await JsonAsync(client, "/inspect")).GetProperty("vms").EnumerateArray().ToArray()).GetString());
        var tree = (await JsonAsync(client, "/inspect/vm-7")).GetProperty("vm-7");
        Assert.Equal(["device-model", "hsm", "hypervisor", "vcpu-0", "pci-0.3.0"], tree.EnumerateObject().Select(part => part.Name));
        Assert.Equal("Running", tree.GetProperty("hypervisor").GetProperty("state").GetString());
        Assert.Equal("console", tree.GetProperty("pci-0.3.0").GetProperty("port-0").GetProperty("name").GetString());
        Assert.Equal("0", (await JsonAsync(client, "/inspect/vm-7/pci-0.3.0/queue-1/avail")).GetProperty("vm-7/pci-0.3.0/queue-1/avail").GetString());
        Assert.Equal("true", (await JsonAsync(client, "/inspect/vm-7/pci-*/port-*/host-open")).GetProperty("vm-7/pci-0.3.0/port-0/host-open").GetString());
        var (status, sentence) = await GetAsync(client, "/inspect/vm-7/pci-0.3.0/queue-99");
        Assert.Equal(404, status);
        Assert.StartsWith("there is nothing at vm-7/pci-0.3.0/queue-99, at vm-7/pci-0.3.0 there is epoch, ", sentence, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path)
    {
        var (status, body) = await GetAsync(client, path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }

    private static async Task<(int Status, string Body)> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
