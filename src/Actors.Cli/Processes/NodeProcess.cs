using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Actors.Cli;

/// <summary>One <c>actors node --json</c> as a child process, which never outlives this one (<see cref="ProcessKeeper"/>, and <see cref="Leash"/> where that is gone as well).</summary>
internal sealed class NodeProcess : IDisposable
{
    private const string Prefix = "actors: ";
    private static readonly string[] Logged = ["debug: ", "info: ", "warning: ", "error: ", "no TLS"];
    private const int KeptLines = 20;

    /// <summary>How long the last words of a process that is gone are waited for: somebody else may hold its streams.</summary>
    private static readonly TimeSpan LastWordsPatience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<string> _said = new();
    private readonly ProcessKeeper _keeper;
    private readonly Process _process;
    private readonly Action<string> _say;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(ProcessKeeper keeper, string name, ProcessStartInfo start, Action<string> say)
    {
        _keeper = keeper;
        _say = say;
        Name = name;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Exited += (_, _) => _ = HearOutAsync();
    }

    /// <summary>"node 2".</summary>
    public string Name { get; }

    /// <summary>Its process.</summary>
    public int Id { get; private set; }

    /// <summary>host:port, once it is a member of the cluster that is up.</summary>
    public Task<string> Ready => _ready.Task;

    /// <summary>Its status, when it is gone and what it said has been heard.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Whether it is a member and still runs.</summary>
    public bool IsReady => _ready.Task.IsCompletedSuccessfully && !_exited.Task.IsCompleted;

    /// <summary>It was ended from here.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>The last lines on its standard error.</summary>
    public string LastWords
    {
        get
        {
            lock (_gate)
                return string.Join("; ", _said);
        }
    }

    /// <summary>Why it ended, as it said itself; null when it said nothing.</summary>
    public string? Reason { get; private set; }

    /// <summary>Starts one.</summary>
    /// <param name="keeper">Ends it with us.</param>
    /// <param name="name">For a person.</param>
    /// <param name="arguments">What follows <c>actors node --json</c>.</param>
    /// <param name="say">Takes what it says, line by line.</param>
    /// <exception cref="NodesMissingException">It can't be started.</exception>
    public static NodeProcess Start(ProcessKeeper keeper, string name, IEnumerable<string> arguments, Action<string> say)
    {
        var start = OwnProgram.With(["node", "--json", .. arguments, "--leash", .. keeper.Folders.TakeLast(1)]);

        // What a person set for nodes of their own is not for these.
        foreach (var variable in NodeEnvironment.Names)
            start.Environment.Remove(NodeEnvironment.Prefix + variable);
        var node = new NodeProcess(keeper, name, start, say);
        try
        {
            LastingThread.Run(() => node._process.Start());
        }
        catch (Win32Exception refused)
        {
            node._process.Dispose();
            throw new NodesMissingException($"{name} can't be started: {refused.Message}", refused);
        }

        node.Id = node._process.Id;
        keeper.Keep(node.Id);
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    /// <summary>A status for a person.</summary>
    public static string Text(int status) => status > ExitStatus.SignalBase ? $"killed by signal {status - ExitStatus.SignalBase}" : $"status {status}";

    /// <summary>Ends when it is gone, and everything that it said has been heard.</summary>
    public Task HeardAsync() => _process.WaitForExitAsync();

    /// <summary>Sends a signal: KILL, STOP, CONT, TERM.</summary>
    public void Signal(string signal)
    {
        if (!_exited.Task.IsCompleted)
            _keeper.Signal(Id, signal);
    }

    /// <summary>Says a line to it, on its standard input.</summary>
    public void Say(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // It has ended, which is told elsewhere.
        }
    }

    /// <summary>Ends it at once, and doesn't wait.</summary>
    public void End()
    {
        IsEnding = true;
        Signal("KILL");
    }

    /// <summary>Ends it at once; afterwards it is gone, or a sentence was said.</summary>
    public void Dispose()
    {
        End();
        if (LastWait.For($"{Name} (process {Id})", _process.WaitForExit, _process.Kill, _keeper.Patience, _keeper.Complain))
            HearOutAsync().GetAwaiter().GetResult();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        if (!_ready.Task.IsCompleted && ReadyAddress(line) is { } address)
        {
            _say($"{Name}: process {Id} at {address}");
            _ready.TrySetResult(address);
            return;
        }

        _say($"{Name}: {line}");
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            Reason = ReasonIn(line) ?? Reason;
            _said.Enqueue(line);
            if (_said.Count > KeptLines)
                _said.Dequeue();
        }

        _say($"{Name}: {(line.StartsWith(Prefix, StringComparison.Ordinal) ? line[Prefix.Length..] : line)}");
    }

    private async Task HearOutAsync()
    {
        try
        {
            using var late = new CancellationTokenSource(LastWordsPatience);
            await _process.WaitForExitAsync(late.Token);
        }
        catch (Exception over) when (over is OperationCanceledException or InvalidOperationException)
        {
            // Somebody else holds its streams, or it was disposed of meanwhile.
        }

        Leave();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (_exited.Task.IsCompleted)
                return;
            _keeper.Forget(Id);
            _exited.SetResult(_process.ExitCode);
        }
    }

    /// <summary>What a line says about an end: the program's own sentence, not a warning of Akka's, or the first line of a crash.</summary>
    internal static string? ReasonIn(string line) =>
        line.StartsWith("Unhandled exception", StringComparison.Ordinal) ? line
        : line.StartsWith(Prefix, StringComparison.Ordinal) && !Logged.Any(level => line.AsSpan(Prefix.Length).StartsWith(level, StringComparison.Ordinal)) ? line[Prefix.Length..]
        : null;

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
