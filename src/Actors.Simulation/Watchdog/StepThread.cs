using System.Runtime.ExceptionServices;

namespace Actors.Simulation;

/// <summary>A thread that runs steps for who asks, and ends by itself when nobody has asked for a while: a thread for each run would cost a fifth of a short run.</summary>
internal sealed class StepThread
{
    private static readonly TimeSpan _mostIdle = TimeSpan.FromSeconds(1);

    private readonly object _door = new();
    private Thread? _thread;
    private Action? _steps;
    private ExecutionContext? _context;
    private ExceptionDispatchInfo? _thrown;

    /// <summary>True on the thread itself, where steps may ask for more of them.</summary>
    public bool IsCurrent => _thread == Thread.CurrentThread;

    /// <summary>Begins to run steps. Those before must have ended.</summary>
    public void Begin(Action steps)
    {
        var context = ExecutionContext.Capture();
        lock (_door)
        {
            (_steps, _context, _thrown) = (steps, context, null);
            if (_thread is not null)
            {
                Monitor.PulseAll(_door);
                return;
            }

            _thread = new Thread(Serve) { Name = "world", IsBackground = true };
            _thread.UnsafeStart();
        }
    }

    /// <summary>Waits for the end of the steps; false: the time is over first.</summary>
    public bool Await(TimeSpan time)
    {
        lock (_door)
        {
            if (_steps is not null)
                Monitor.Wait(_door, time);
            return _steps is null;
        }
    }

    /// <summary>What the steps threw is thrown here.</summary>
    public void Throw() => _thrown?.Throw();

    private void Serve()
    {
        while (Next() is { } steps)
        {
            var thrown = Outcome(steps);
            lock (_door)
            {
                (_steps, _context, _thrown) = (null, null, thrown);
                Monitor.PulseAll(_door);
            }
        }
    }

    /// <summary>Null: nobody asked for a while.</summary>
    private Action? Next()
    {
        lock (_door)
        {
            if (_steps is null)
                Monitor.Wait(_door, _mostIdle);
            if (_steps is null)
                _thread = null;
            return _steps;
        }
    }

    private ExceptionDispatchInfo? Outcome(Action steps)
    {
        try
        {
            if (_context is { } context)
                ExecutionContext.Run(context, static steps => ((Action)steps!)(), steps);
            else
                steps();
            return null;
        }
        catch (Exception error)
        {
            return ExceptionDispatchInfo.Capture(error);
        }
    }
}
