using System.Diagnostics;

namespace Actors.Scenarios;

/// <summary>What a shell can do to the program's standard streams, and what a mistake leaves.</summary>
public sealed class StreamTests
{
    [SkippableTheory]
    [InlineData("--guest shell <&-", "standard input is closed")]
    [InlineData(">&-", "standard output is closed")]
    [InlineData("<&- >&-", "standard input is closed")]
    public async Task A_closed_stream_is_refused_in_one_sentence(string options, string says)
    {
        var (status, output, error) = await ShellAsync($"exec $ACTORS run {options}");

        Assert.Equal((2, ""), (status, output));
        Assert.Contains(says, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("run -m 1 2>&-", 2)]
    [InlineData("run -m 1 2>/dev/full", 2)]
    [InlineData("run 2>&-", 0)]
    [InlineData("--help >/dev/full", 1)]
    [InlineData("run --trace=/dev/full", 1)]
    [InlineData("run --trace 2>/dev/full", 1)]
    public async Task An_output_that_takes_nothing_fails_what_is_told_there_and_nothing_else(string command, int expected)
    {
        var (status, _, error) = await ShellAsync($"exec $ACTORS {command}");

        Assert.Equal(expected, status);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task When_the_reader_of_stdout_has_enough_echo_ends_and_says_what_was_dropped()
    {
        var (status, output, error) = await ShellAsync("yes | $ACTORS run --guest echo p -s 3,virtio-console,@stdio:p | head -n 1");

        Assert.Equal((0, "y\n"), (status, output));
        Assert.Matches(@"port 'p': \d+ of \d+ bytes dropped \(stdio: nobody reads the output any more\)", error);
    }

    [Fact]
    public async Task A_mistake_in_the_last_port_leaves_nothing_of_the_others()
    {
        using var folder = new TemporaryFolder();

        var end = await ActorsProcess.RunAsync("run --trace=trace -s 3,virtio-console,socket:a=sock,pty:b=link,file:c=out,file:d=none/out", folder.Path);

        Assert.Equal(2, end.Status);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static async Task<(int Status, string Output, string Error)> ShellAsync(string script)
    {
        Skip.IfNot(File.Exists("/bin/sh"), "there is no shell");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ACTORS"] = $"dotnet {Path.Combine(AppContext.BaseDirectory, "actors.dll")}";
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        using var shell = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            var output = shell.StandardOutput.ReadToEndAsync(patience.Token);
            var error = shell.StandardError.ReadToEndAsync(patience.Token);
            await shell.WaitForExitAsync(patience.Token);
            return (shell.ExitCode, await output, await error);
        }
        finally
        {
            if (!shell.HasExited)
            {
                shell.Kill(entireProcessTree: true);
            }
        }
    }
}
