using System.Diagnostics;
using System.Text;

namespace Actors.Scenarios;

/// <summary>The program `actors` as a real process in a folder of its own, killed when the test ends.</summary>
internal sealed class ActorsProcess : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly Task<byte[]> _output;

    private ActorsProcess(Process process)
    {
        _process = process;
        _output = ReadAllAsync(process.StandardOutput.BaseStream);
        _error = ReadTextAsync(process.StandardError);
    }

    public int Id => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What came on standard error so far, line by line.</summary>
    private readonly StringBuilder _errorSoFar = new();

    /// <summary>Starts `actors` with arguments as typed (split at spaces; no quoting).</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="folder">The working directory; null: the system's for temporary files.</param>
    /// <param name="variables">Added to the environment.</param>
    public static ActorsProcess Start(string arguments, string? folder = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "actors.dll"));
        foreach (var argument in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ActorsProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end without input.</summary>
    public static async Task<ProcessEnd> RunAsync(string arguments, string? folder = null, byte[]? input = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        using var process = Start(arguments, folder, variables);
        if (input is not null)
        {
            await process.Input.WriteAsync(input);
        }

        process.Input.Close();
        return await process.EndAsync();
    }

    /// <summary>Sends a signal by name, as a person would with kill.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", $"-{name} {_process.Id}")!;
        kill.WaitForExit();
    }

    public async Task<ProcessEnd> EndAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            throw new TimeoutException($"actors did not end; standard error so far: {ErrorSoFar()}");
        }

        return new ProcessEnd(_process.ExitCode, await _output, await _error);
    }

    /// <summary>Waits until a line on standard error satisfies the condition, and returns it.</summary>
    public async Task<string> ErrorLineAsync(Func<string, bool> wanted)
    {
        var deadline = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(deadline) < _patience)
        {
            var line = ErrorSoFar().Split('\n').FirstOrDefault(wanted);
            if (line is not null)
            {
                return line;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"no such line on standard error: {ErrorSoFar()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private string ErrorSoFar()
    {
        lock (_errorSoFar)
        {
            return _errorSoFar.ToString();
        }
    }

    private async Task<string> ReadTextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_errorSoFar)
            {
                _errorSoFar.Append(line).Append('\n');
            }
        }

        return ErrorSoFar();
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}

/// <summary>How a process ended.</summary>
internal sealed record ProcessEnd(int Status, byte[] Output, string Error)
{
    public string OutputText => Encoding.UTF8.GetString(Output);
}
