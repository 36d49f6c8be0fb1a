using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>What listens where a node asks, and is none: at the address of one that died, or of a seed that isn't one yet.</summary>
public sealed class HandshakeShelterTests : IDisposable
{
    private const int Handshakes = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("actors-shelter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("another certificate")]
    [InlineData("no TLS")]
    [InlineData("an end")]
    public async Task A_handshake_that_fails_ends_its_connection_and_not_the_node(string answer)
    {
        var tls = Path.Combine(_folder, "tls");
        NodeCertificates.Make(tls, ["127.0.0.1"], DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        await using var cluster = await TestCluster.StartAsync(1, (_, options) => options with { Tls = tls });
        var node = cluster.Nodes[0];
        using var impostor = new TcpListener(IPAddress.Loopback, 0);
        impostor.Start();
        var there = node.System.ActorSelection(NodeSettings.EntranceOf($"127.0.0.1:{((IPEndPoint)impostor.LocalEndpoint).Port}", tls: true));

        // Each failure is over before the next connection comes: it is Akka that asks again, and only when there is something to say.
        var asked = AnswerAsync(impostor, answer);
        while (!asked.IsCompleted && !node.System.WhenTerminated.IsCompleted)
        {
            there.Tell(new Identify(null), node.System.DeadLetters);
            await Task.WhenAny(asked, node.System.WhenTerminated, Task.Delay(50));
        }

        Assert.True(asked.IsCompletedSuccessfully);
        Assert.Null(CoordinatedShutdown.Get(node.System).ShutdownReason);
        Assert.False(node.Removed.IsCompleted);
        await using var outside = new Observer(tls: tls);
        outside.Start(node.Address, TestCluster.Idle(1));
    }

    private async Task AnswerAsync(TcpListener impostor, string answer)
    {
        var theirs = Path.Combine(_folder, "theirs");
        NodeCertificates.Make(theirs, ["127.0.0.1"], DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(theirs, NodeCertificates.CertificateFile), Path.Combine(theirs, NodeCertificates.KeyFile));
        for (var i = 0; i < Handshakes; i++)
        {
            using var client = await impostor.AcceptTcpClientAsync();
            try
            {
                if (answer == "another certificate")
                {
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(certificate);
                    await tls.ReadExactlyAsync(new byte[1]);
                }
                else
                {
                    await client.GetStream().ReadExactlyAsync(new byte[1]);
                    if (answer == "no TLS")
                    {
                        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
                        await client.GetStream().CopyToAsync(Stream.Null);
                    }
                }
            }
            catch (Exception refused) when (refused is IOException or AuthenticationException)
            {
                // As it should be.
            }
        }
    }
}
