using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Actors.Scenarios;

/// <summary>A line of bash with all that it starts: a session of its own, so that nothing of it outlives the test. Its standard output and error are one text.</summary>
internal sealed class BashProcess : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(15);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private readonly StringBuilder _said = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<string> Found)> _awaited = [];
    private bool _silent;

    private BashProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>What it said so far.</summary>
    public string Said
    {
        get
        {
            lock (_lock)
                return _said.ToString();
        }
    }

    /// <summary>Starts it. A signal to the session reaches the programs; bash itself waits for them and ends as they did.</summary>
    public static BashProcess Start(string line, string folder, IReadOnlyDictionary<string, string> variables)
    {
        // By its number: whether the signal comes while bash waits or before, the status is the program's or the signal's, and those are the same.
        var waits = line.EndsWith('&') ? "\nwait $!" : "";
        var start = new ProcessStartInfo("setsid", ["bash", "-c", $"exec 2>&1\ntrap : TERM\n{line}{waits}"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return new BashProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end, with nothing on standard input.</summary>
    public static async Task<(int Status, string Said)> RunAsync(string line, string folder, IReadOnlyDictionary<string, string> variables)
    {
        await using var process = Start(line, folder, variables);
        process.CloseInput();
        return (await process.EndAsync(), process.Said);
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until it said what the pattern wants; gives the pattern's first group, or all of it.</summary>
    public async Task<string> SaysAsync(string pattern)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited.Add((new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Multiline), found));
            Look();
        }

        try
        {
            return await found.Task.WaitAsync(_patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"'{pattern}' was not said, but: {Said}");
        }
    }

    /// <summary>Its exit status.</summary>
    public async Task<int> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync(new CancellationTokenSource(_patience).Token);
            await _reading.WaitAsync(_patience);
        }
        catch (Exception late) when (late is OperationCanceledException or TimeoutException)
        {
            throw new TimeoutException($"it did not end, and said: {Said}");
        }

        return _process.ExitCode;
    }

    /// <summary>Sends a signal to all programs of the session.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start(new ProcessStartInfo("bash", ["-c", $"kill -{name} -- -{_process.Id} 2>/dev/null"]))!;
        await kill.WaitForExitAsync();
    }

    /// <summary>Asks what still runs to end, and ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            var gone = _process.WaitForExitAsync();
            await Task.WhenAny(gone, Task.Delay(TimeSpan.FromSeconds(15))); // The bound of how long a node may take to leave; the process's end is what is waited for.
        }

        await SignalAsync("KILL");
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await _process.StandardOutput.ReadAsync(buffer) is var count and > 0)
        {
            lock (_lock)
            {
                _said.Append(buffer, 0, count);
                Look();
            }
        }

        lock (_lock)
        {
            _silent = true;
            Look();
        }
    }

    private void Look()
    {
        if (_awaited.Count == 0)
            return;

        var said = _said.ToString();
        foreach (var (pattern, found) in _awaited)
        {
            if (pattern.Match(said) is { Success: true } match)
                found.TrySetResult(match.Groups.Count > 1 ? match.Groups[1].Value : match.Value);
            else if (_silent)
                found.TrySetException(new InvalidOperationException($"it ended without saying '{pattern}', and said: {said}"));
        }

        _awaited.RemoveAll(awaited => awaited.Found.Task.IsCompleted);
    }
}
