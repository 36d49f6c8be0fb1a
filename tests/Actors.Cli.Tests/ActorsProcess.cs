using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Actors.Cli.Tests;

/// <summary>The program as a process of its own, looked at from outside.</summary>
internal sealed class ActorsProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ActorsProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => _first.TrySetResult(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                Errors.Enqueue(line.Data);
        };
    }

    /// <summary>Lines on its standard error.</summary>
    public ConcurrentQueue<string> Errors { get; } = [];

    /// <summary>Files and sockets that it has open.</summary>
    public int Descriptors => Directory.EnumerateFileSystemEntries($"/proc/{_process.Id}/fd").Count();

    /// <summary>Memory that it has, in MiB.</summary>
    public int Mebibytes => int.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Whether it has not ended.</summary>
    public bool IsAlive => !_process.HasExited;

    public static ActorsProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "actors"), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = new ActorsProcess(new Process { StartInfo = start });
        process._process.Start();
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Its exit status, when it ends by itself; all lines have come then.</summary>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>The first line on its standard output.</summary>
    public async Task<JsonElement> FirstAsync()
    {
        using var json = JsonDocument.Parse(await _first.Task.WaitAsync(Patience));
        return json.RootElement.Clone();
    }

    /// <summary>A word of a line on its standard error, once it is there.</summary>
    public async Task<string> ErrorAsync(Func<string, string?> find)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < Patience)
        {
            if (Errors.Select(find).FirstOrDefault(found => found is not null) is { } word)
                return word;
            Assert.True(IsAlive, string.Join('\n', Errors));
            await Task.Yield();
        }

        throw new TimeoutException(string.Join('\n', Errors));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
