using System.Diagnostics;

namespace Actors.Cli;

/// <summary>One <c>actors node</c> as a process of its own.</summary>
internal sealed class ExperimentNode : IDisposable
{
    private const int KeptLines = 20;

    private readonly Lock _gate = new();
    private readonly Queue<string> _said = new();
    private readonly ProcessKeeper _keeper;
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ExperimentNode(ProcessKeeper keeper, Process process)
    {
        _keeper = keeper;
        _process = process;
    }

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Done when it is a member that is up.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether it is, and still runs.</summary>
    public bool IsReady => _ready.Task.IsCompletedSuccessfully && !Exit.IsCompleted;

    /// <summary>Its status, when it has ended.</summary>
    public Task<int> Exit => _exit.Task;

    /// <summary>The last lines on its standard error.</summary>
    public string LastWords
    {
        get
        {
            lock (_gate)
                return string.Join("; ", _said);
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="keeper">Ends it with us.</param>
    /// <param name="arguments">What follows <c>actors node</c>.</param>
    public static ExperimentNode Start(ProcessKeeper keeper, IEnumerable<string> arguments)
    {
        var start = OwnProgram.With(["node", .. arguments]);

        // What a person set for nodes of their own is not for these.
        foreach (var name in NodeEnvironment.Names)
            start.Environment.Remove(NodeEnvironment.Prefix + name);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var node = new ExperimentNode(keeper, process);
        process.OutputDataReceived += (_, line) => node.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => node.Note(line.Data);
        process.Exited += (_, _) => node.End();
        process.Start();
        keeper.Keep(process.Id);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return node;
    }

    /// <summary>Sends a signal: KILL, STOP, CONT, TERM.</summary>
    public void Signal(string signal)
    {
        if (!Exit.IsCompleted)
            _keeper.Signal(_process.Id, signal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Signal("KILL");
        _process.WaitForExit();
        End();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line?.Contains("ready", StringComparison.Ordinal) == true)
            _ready.TrySetResult();
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            _said.Enqueue(line);
            if (_said.Count > KeptLines)
                _said.Dequeue();
        }
    }

    private void End()
    {
        if (_exit.TrySetResult(_process.ExitCode))
            _keeper.Forget(_process.Id);
    }
}
