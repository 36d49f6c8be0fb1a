namespace Actors.Cli.Tests;

/// <summary>A process whose starter is gone.</summary>
public sealed class LeashTests
{
    [Fact]
    public void Lines_are_obeyed_in_order_and_the_end_removes_the_folder_before_it_ends_the_process()
    {
        var folder = Directory.CreateTempSubdirectory("actors-leash-tests-");
        var did = new List<string>();

        Leash.Hold(new StringReader("one\ntwo"), folder.FullName, did.Add, () => did.Add($"end, {Directory.Exists(folder.FullName)}")).Join();

        Assert.Equal(["one", "two", "end, False"], did);
    }

    [Fact]
    public void A_broken_pipe_is_an_end()
    {
        var ends = 0;

        Leash.Hold(new BrokenReader(), null, null, () => ends++).Join();

        Assert.Equal(1, ends);
    }

    [Fact]
    public async Task A_node_whose_input_ends_ends_with_a_status_that_says_so()
    {
        var start = OwnProgram.With(["node", "--port", "0", "--http", "off", "--leash"]);
        using var node = System.Diagnostics.Process.Start(start)!;
        Assert.StartsWith("ready", await node.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);

        node.StandardInput.Close();

        await node.WaitForExitAsync();
        Assert.Equal(Leash.Status, node.ExitCode);
    }

    private sealed class BrokenReader : TextReader
    {
        public override string? ReadLine() => throw new IOException("broken");
    }
}
