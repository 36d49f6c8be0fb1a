using System.Security.Cryptography.X509Certificates;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actors-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Nodes_and_clients_with_certificates_of_the_authority_talk()
    {
        var tls = Make("ours");
        await using var cluster = await TestCluster.StartAsync(2, (_, options) => options with { Tls = tls });
        await using var outside = new Observer(tls: tls);
        Assert.True(Starts(outside, cluster.Nodes[1].Address));
    }

    [Fact]
    public async Task A_service_side_on_another_node_is_reached_with_certificates_too()
    {
        var tls = Make("ours");
        await using var cluster = await TestCluster.StartAsync(2, (index, options) => options with { Tls = tls, Roles = [index == 0 ? NodeRoles.Guest : NodeRoles.Service] });
        await using var outside = new Observer(tls: tls);
        Assert.Equal(cluster.Nodes[1].Address, outside.Start(cluster.Nodes[0].Address, TestCluster.Idle(1), VmPlacement.Split).ServiceNode);
    }

    [Fact]
    public async Task Nobody_else_does()
    {
        var tls = Make("ours");
        await using var cluster = await TestCluster.StartAsync(1, (_, options) => options with { Tls = tls });
        await using (var plain = new Observer())
            plain.Tell(cluster.Nodes[0].Address, Start(plain, 2));
        await using (var stranger = new Observer(tls: Make("theirs")))
            stranger.Tell(cluster.Nodes[0].Address, Start(stranger, 3));
        await using (var trusting = new Observer(tls: Make("trusting"), isTrusting: true))
            trusting.Tell(cluster.Nodes[0].Address, Start(trusting, 4));

        // Whoever is let in is heard later than they would have been.
        await using var outside = new Observer(tls: tls);
        Assert.True(Starts(outside, cluster.Nodes[0].Address));
        Assert.Equal(1, ((Actors.Guest.GuestRamDirectory)cluster.Nodes[0].Services.Memory).Count);
    }

    [Fact]
    public void A_certificate_counts_only_with_its_own_authority_and_in_its_time()
    {
        var ours = Make("ours");
        var theirs = Make("theirs");
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(ours, "ca.pem"));
        using var mine = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(ours, "node.pem"));
        using var other = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(theirs, "node.pem"));
        var old = Path.Combine(_folder, "old");
        NodeCertificates.Make(old, ["localhost"], DateTimeOffset.UtcNow.AddDays(-3), DateTimeOffset.UtcNow.AddDays(-2));
        using var oldAuthority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(old, "ca.pem"));
        using var expired = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(old, "node.pem"));

        Assert.True(NodeTls.IsOf(mine, authority));
        Assert.False(NodeTls.IsOf(other, authority));
        Assert.False(NodeTls.IsOf(authority, authority));
        Assert.False(NodeTls.IsOf(expired, oldAuthority));
    }

    [Fact]
    public void Files_are_their_owners_only()
    {
        if (OperatingSystem.IsWindows())
            return;
        var folder = Make("ours");
        foreach (var file in NodeCertificates.Files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, file)));
    }

    [Fact]
    public void A_certificate_of_another_authority_is_a_mistake_at_the_start()
    {
        var folder = Make("ours");
        File.Copy(Path.Combine(Make("theirs"), "ca.pem"), Path.Combine(folder, "ca.pem"), overwrite: true);
        Assert.Contains("not of the authority", Assert.Throws<NodeStartException>(() => NodeTls.SetupOf(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_of_another_certificate_is_a_mistake_at_the_start()
    {
        var folder = Make("ours");
        File.Copy(Path.Combine(Make("theirs"), "node.key"), Path.Combine(folder, "node.key"), overwrite: true);
        Assert.EndsWith("node.key is not the key of node.pem", Assert.Throws<NodeStartException>(() => NodeTls.SetupOf(folder)).Message, StringComparison.Ordinal);
    }

    private string Make(string name)
    {
        var folder = Path.Combine(_folder, name);
        if (!Directory.Exists(folder))
            NodeCertificates.Make(folder, ["localhost", "127.0.0.1"], DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        return folder;
    }

    private static ClusterHop.StartVm Start(Observer observer, int vm) => new(TestCluster.Idle(vm), VmPlacement.Colocated, observer.Self);

    private static bool Starts(Observer observer, string node) => observer.Start(node, TestCluster.Idle(1)).Vm == new VmId(1);
}
