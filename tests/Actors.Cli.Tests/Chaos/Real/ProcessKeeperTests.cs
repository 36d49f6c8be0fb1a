using System.Diagnostics;

namespace Actors.Cli.Tests;

/// <summary>Processes of our own, on systems that have a shell.</summary>
public sealed class ProcessKeeperTests
{
    [Fact]
    public async Task A_kept_process_ends_with_its_keeper_even_when_it_is_stopped()
    {
        using var process = Sleeper();
        using (var keeper = ProcessKeeper.Start())
        {
            keeper.Keep(process.Id);
            keeper.Signal(process.Id, "STOP");
            Assert.False(process.HasExited);
        }

        await process.WaitForExitAsync();
        Assert.Equal(128 + 9, process.ExitCode);
    }

    [Fact]
    public async Task A_forgotten_process_outlives_its_keeper()
    {
        using var process = Sleeper();
        using (var keeper = ProcessKeeper.Start())
        {
            keeper.Keep(process.Id);
            keeper.Forget(process.Id);
        }

        Assert.False(process.HasExited);
        process.Kill();
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_signal_reaches_its_process()
    {
        using var process = Sleeper();
        using var keeper = ProcessKeeper.Start();
        keeper.Signal(process.Id, "TERM");
        await process.WaitForExitAsync();
        Assert.Equal(128 + 15, process.ExitCode);
    }

    private static Process Sleeper() => Process.Start(new ProcessStartInfo("sleep", "1000") { UseShellExecute = false })!;
}
