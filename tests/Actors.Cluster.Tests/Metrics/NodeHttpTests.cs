using System.Net.Sockets;

namespace Actors.Cluster.Tests;

public sealed class NodeHttpTests
{
    [Fact]
    public async Task Whoever_holds_connections_and_says_nothing_keeps_no_health_check_from_its_answer()
    {
        // Nobody's time is ever over here: a seat is had only from somebody who is silent.
        await using var http = NodeHttp.Start("127.0.0.1", 0, static _ => ValueTask.FromResult(HttpAnswer.Text("200 OK", "live\n")), Timeout.InfiniteTimeSpan);
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 3 * NodeHttp.MaxConnections; i++)
                silent.Add(new TcpClient("127.0.0.1", http.Port));
            using var client = new HttpClient { Timeout = Observer.Patience };
            Assert.Equal("live\n", await client.GetStringAsync($"http://127.0.0.1:{http.Port}/health/live"));

            // Who came first had to go for it.
            Assert.Equal(0, await silent[0].GetStream().ReadAsync(new byte[1]));
        }
        finally
        {
            silent.ForEach(one => one.Dispose());
        }
    }
}
