namespace Actors.Cli.Tests;

public sealed class ReceiveCommandTests
{
    [Theory]
    [InlineData("receive", "receive needs an address to listen at")]
    [InlineData("receive --listen", "a value is missing after")]
    [InlineData("receive --listen 7001", "'7001' is no HOST:PORT")]
    [InlineData("receive --listen 127.0.0.1:99999", "is no HOST:PORT")]
    [InlineData("receive --listen example.org:7001", "'example.org' is no address of this machine")]
    [InlineData("receive --listen ::1:7001", "is no address of this machine")]
    [InlineData("receive --listen 192.0.2.1:7001", "this machine has no such address")]
    [InlineData("receive --listen 127.0.0.1:0 --out - --json", "both want standard output")]
    [InlineData("receive --listen 127.0.0.1:0 --out=", "a value is missing after '--out'")]
    [InlineData("receive --listen 127.0.0.1:0 --out /no/such/place/file", "there is no directory for")]
    [InlineData("receive --listen 127.0.0.1:0 --out /proc/none", "'/proc/none' can't be written: nothing can be made in '/proc', name another file")]
    [InlineData("receive --listen 127.0.0.1:0 --out /no/such/place/", "there is no directory '/no/such/place/'")]
    [InlineData("receive --listen 127.0.0.1:0 --listen 127.0.0.1:0", "--listen is given 2 times")]
    [InlineData("receive --liste x", "there is no option '--liste'")]
    [InlineData("receive now", "'now' stands where an option should")]
    public void A_mistake_is_one_sentence_and_status_2(string line, string sentence)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var status = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(line.Split(' '), output, error);

        Assert.Equal(ExitStatus.Mistake, status);
        Assert.Contains(sentence, error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void A_port_that_is_taken_is_a_mistake()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        using var error = new StringWriter();

        var status = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(
            ["receive", "--listen", other.LocalEndpoint.ToString()!], TextWriter.Null, error);

        Assert.Equal(ExitStatus.Mistake, status);
        Assert.Contains("another program listens there", error.ToString(), StringComparison.Ordinal);
    }
}
