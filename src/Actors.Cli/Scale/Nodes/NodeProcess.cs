using System.Diagnostics;
using System.Text.Json;

namespace Actors.Cli;

/// <summary>One <c>actors node</c> as a child process, which never outlives this one (<see cref="Lifeline"/>).</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int SignalBase = 128;
    private const string Prefix = "actors: ";

    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(int number, Process process)
    {
        Name = $"node {number}";
        _process = process;
    }

    /// <summary>"node 2".</summary>
    public string Name { get; }

    /// <summary>host:port, once it is ready.</summary>
    public string? Address { get; private set; }

    /// <summary>Its process.</summary>
    public int Id { get; private set; }

    /// <summary>It is a member of the cluster.</summary>
    public Task Ready => _ready.Task;

    /// <summary>It is gone.</summary>
    public Task Exited => _exited.Task;

    /// <summary>The test ended it.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Its status, after <see cref="Exited"/>.</summary>
    public int Status { get; private set; }

    /// <summary>Its status for a person.</summary>
    public string StatusText => Status > SignalBase ? $"killed by signal {Status - SignalBase}" : $"status {Status}";

    /// <summary>Starts one.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="arguments">Of the program.</param>
    /// <param name="say">Takes what it says, line by line.</param>
    public static NodeProcess Start(int number, IEnumerable<string> arguments, Action<string> say)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "actors");
        var start = File.Exists(program) ? new ProcessStartInfo(program) : new ProcessStartInfo("dotnet") { ArgumentList = { Path.Combine(AppContext.BaseDirectory, "actors.dll") } };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment[Lifeline.Variable] = Lifeline.StandardInput;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var node = new NodeProcess(number, process);
        process.OutputDataReceived += (_, line) => node.Hear(line.Data, say);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                say($"{node.Name}: {(line.Data.StartsWith(Prefix, StringComparison.Ordinal) ? line.Data[Prefix.Length..] : line.Data)}");
        };
        process.Exited += (_, _) =>
        {
            node.Status = process.ExitCode;
            node._exited.TrySetResult();
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception refused)
        {
            process.Dispose();
            throw new NodesMissingException($"{node.Name} can't be started: {refused.Message}", refused);
        }

        node.Id = process.Id;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return node;
    }

    /// <summary>Ends it at once.</summary>
    public void End()
    {
        IsEnding = true;
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It is gone.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        End();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Hear(string? line, Action<string> say)
    {
        if (line is null)
            return;
        if (!_ready.Task.IsCompleted && ReadyAddress(line) is { } address)
        {
            Address = address;
            say($"{Name}: process {Id} at {address}");
            _ready.TrySetResult();
            return;
        }

        say($"{Name}: {line}");
    }

    private static string? ReadyAddress(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("address", out var address) ? address.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
