namespace Actors.Cli.Tests;

/// <summary>What a node that is a process of its own said at its end.</summary>
public sealed class NodeProcessTests
{
    [Fact]
    public async Task Who_hears_of_its_end_has_heard_why()
    {
        using var keeper = new ProcessKeeper();
        using var node = NodeProcess.Start(keeper, "node 1", ["--hocon", "/nowhere"], _ => { });

        Assert.Equal(ExitStatus.Mistake, await node.Exited);
        Assert.Equal("--hocon '/nowhere': there is no such file", node.Reason);
        Assert.False(node.IsReady);
    }

    [Fact]
    public void A_node_ends_although_the_shell_that_should_kill_it_hears_nothing()
    {
        var said = new List<string>();
        using var keeper = new ProcessKeeper(said.Add, TimeSpan.FromSeconds(2));
        using var other = new ProcessKeeper();
        var node = NodeProcess.Start(keeper, "node 1", ["--port", "0", "--http", "off"], _ => { });
        ProcessKeeperTests.StopShell(other, keeper);

        node.Dispose();

        Assert.True(node.Exited.IsCompletedSuccessfully);
        Assert.Equal($"node 1 (process {node.Id}) has not ended within 2 s; it is killed once more", Assert.Single(said));
        other.Signal(keeper.Shell!.Value, "CONT");
    }

    [Theory]
    [InlineData("actors: the other nodes went on without this one", "the other nodes went on without this one")]
    [InlineData("Unhandled exception. System.OutOfMemoryException: no", "Unhandled exception. System.OutOfMemoryException: no")]
    [InlineData("   at Actors.Cli.Program.Main(String[] args)", null)]
    [InlineData("actors: warning: Association to a:1 is irrecoverably failed", null)]
    [InlineData("actors: error: Disassociated", null)]
    [InlineData("actors: no TLS: listening to this machine only", null)]
    public void A_reason_is_what_the_program_says_itself_or_the_first_line_of_a_crash(string line, string? reason) => Assert.Equal(reason, NodeProcess.ReasonIn(line));
}
