using System.Diagnostics;
using System.Globalization;

namespace Actors.Cli.Tests;

/// <summary>Processes of our own, on systems that have a shell.</summary>
public sealed class ProcessKeeperTests
{
    [Fact]
    public async Task A_kept_process_ends_with_its_keeper_even_when_it_is_stopped()
    {
        using var process = Sleeper();
        using (var keeper = new ProcessKeeper())
        {
            keeper.Keep(process.Id);
            keeper.Signal(process.Id, "STOP");
            Assert.False(process.HasExited);
        }

        await EndAsync(process);
        Assert.Equal(128 + 9, process.ExitCode);
    }

    [Fact]
    public async Task A_forgotten_process_outlives_its_keeper()
    {
        using var process = Sleeper();
        using (var keeper = new ProcessKeeper())
        {
            keeper.Keep(process.Id);
            keeper.Forget(process.Id);
        }

        Assert.False(process.HasExited);
        process.Kill();
        await EndAsync(process);
    }

    [Fact]
    public async Task A_signal_reaches_its_process()
    {
        using var process = Sleeper();
        using var keeper = new ProcessKeeper();
        keeper.Signal(process.Id, "TERM");
        await EndAsync(process);
        Assert.Equal(128 + 15, process.ExitCode);
    }

    [Fact]
    public void Without_anything_to_keep_there_is_no_shell()
    {
        using var keeper = new ProcessKeeper();
        keeper.Forget(1);
        Assert.Null(keeper.Shell);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with 'quotes' \" and  spaces $(no) *")]
    [InlineData("-rf")]
    public void A_kept_folder_is_gone_with_its_keeper_and_its_neighbours_are_not(string name)
    {
        var outside = Directory.CreateTempSubdirectory("actors-keeper-tests-");
        var (kept, other) = (outside.CreateSubdirectory(name), outside.CreateSubdirectory("with"));
        File.WriteAllText(Path.Combine(kept.CreateSubdirectory("deep").FullName, "file"), "");
        using (var keeper = new ProcessKeeper())
        {
            keeper.Keep(kept);
            Assert.True(Directory.Exists(kept.FullName));
        }

        Assert.Equal([other.FullName], Directory.GetDirectories(outside.FullName));
        outside.Delete(recursive: true);
    }

    [Fact]
    public void A_folder_that_cannot_be_named_in_one_line_is_let_be()
    {
        using var keeper = new ProcessKeeper();
        keeper.Keep(new DirectoryInfo("/nowhere\nkeep-folder /nowhere"));
        Assert.Null(keeper.Shell);
    }

    [Fact]
    public async Task A_shell_that_is_killed_is_replaced_and_everything_is_kept_on()
    {
        using var first = Sleeper();
        using var second = Sleeper();
        var folder = Directory.CreateTempSubdirectory("actors-keeper-tests-");
        var said = new List<string>();
        using (var keeper = new ProcessKeeper(said.Add))
        {
            keeper.Keep(first.Id);
            keeper.Keep(folder);
            var gone = await KillShellAsync(keeper);
            keeper.Signal(second.Id, "TERM");
            await EndAsync(second);
            Assert.NotEqual(gone, keeper.Shell);
            Assert.False(first.HasExited);
        }

        await EndAsync(first);
        Assert.Equal((128 + 9, 128 + 15), (first.ExitCode, second.ExitCode));
        Assert.False(Directory.Exists(folder.FullName));
        Assert.Empty(said);
    }

    [Fact]
    public async Task A_keeper_whose_shells_are_killed_again_and_again_says_so_once_and_ends_processes_itself()
    {
        using var killed = Sleeper();
        using var kept = Sleeper();
        var said = new List<string>();
        using (var keeper = new ProcessKeeper(said.Add))
        {
            keeper.Keep(kept.Id);
            for (var shell = 0; shell <= ProcessKeeper.MostReplacements; shell++)
            {
                var gone = await KillShellAsync(keeper);

                // Only the last is not replaced.
                if (shell < ProcessKeeper.MostReplacements)
                    Assert.True(SpinWait.SpinUntil(() => keeper.Shell != gone, Patience));
            }

            keeper.Signal(killed.Id, "KILL");
            await EndAsync(killed);
            keeper.Signal(kept.Id, "STOP");
            Assert.False(kept.HasExited);
        }

        await EndAsync(kept);
        Assert.Contains("again and again", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_that_does_not_end_is_waited_for_with_a_bound_and_what_it_kept_ends_all_the_same()
    {
        using var process = Sleeper();
        var folder = Directory.CreateTempSubdirectory("actors-keeper-tests-");
        var said = new List<string>();
        using (var keeper = new ProcessKeeper(said.Add, TimeSpan.FromMilliseconds(200)))
        {
            keeper.Keep(process.Id);
            keeper.Keep(folder);
            using var other = new ProcessKeeper();
            StopShell(other, keeper);
        }

        await EndAsync(process);
        Assert.False(Directory.Exists(folder.FullName));
        Assert.StartsWith("the shell that looks after processes (", said[0], StringComparison.Ordinal);
        Assert.EndsWith("has not ended within 0.2 s; it is killed once more", said[0], StringComparison.Ordinal);
    }

    /// <summary>Stops a keeper's shell, by another's: it hears nothing any more, and doesn't end.</summary>
    internal static void StopShell(ProcessKeeper by, ProcessKeeper keeper)
    {
        var shell = keeper.Shell!.Value;
        by.Signal(shell, "STOP");
        var state = string.Create(CultureInfo.InvariantCulture, $"/proc/{shell}/stat");
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(state).Split(") ")[1].StartsWith('T'), Patience));
    }

    private static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    private static async Task EndAsync(Process process)
    {
        using var late = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(late.Token);
    }

    private static async Task<int> KillShellAsync(ProcessKeeper keeper)
    {
        using var shell = Process.GetProcessById(keeper.Shell!.Value);
        shell.Kill();
        await EndAsync(shell);
        return shell.Id;
    }

    private static Process Sleeper() => Process.Start(new ProcessStartInfo("sleep", "1000") { UseShellExecute = false })!;
}
