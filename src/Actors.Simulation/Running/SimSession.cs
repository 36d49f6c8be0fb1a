namespace Actors.Simulation;

/// <summary>
/// A world that a test steps: nothing happens but while it waits for something. The same build, seed, plan and calls give the same trace. Made, used and disposed by one
/// caller at a time; threads may take turns.
/// </summary>
internal sealed class SimSession : IDisposable
{
    private readonly SimHost _host;
    private RunResult? _result;
    private bool _isClosed;

    /// <summary>Makes the machines' actors. The host serves this session alone until it is disposed.</summary>
    public SimSession(SimHost host, RunRequest request)
    {
        _host = host;
        World = host.Open(request);
        try
        {
            World.Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The world.</summary>
    public World World { get; }

    /// <summary>Steps until something is so. False when it isn't after a virtual time, or can't become so any more: nothing is going on, or the run's steps are used up.</summary>
    /// <exception cref="WorldStuckException">Something that was called didn't return, now or before.</exception>
    public bool RunUntil(Func<bool> isSo, TimeSpan within)
    {
        if (isSo())
            return true;
        var became = false;
        _host.Watched(() => became = StepUntil(isSo, within));
        return became;
    }

    /// <summary>Somebody from outside the actors acts on the world.</summary>
    public void Act(Action action)
    {
        _host.Enter();
        action();
    }

    /// <summary>Heals what is broken, lets everything come to rest and judges. The session is over.</summary>
    /// <exception cref="WorldStuckException">Something that was called didn't return, now or before.</exception>
    public RunResult Finish()
    {
        if (_result is not null)
            return _result;
        var isSpent = _host.Steps >= World.Plan.Budget.MaxSteps;
        _host.Watched(() => _result = World.Close(isSpent ? $"more than {World.Plan.Budget.MaxSteps} steps" : null));
        return _result!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _host.Enter();
        _host.Close(World);
    }

    private bool StepUntil(Func<bool> isSo, TimeSpan within)
    {
        var end = World.Now.Ticks + within.Ticks;
        while (!isSo())
        {
            if (_host.ReadyActors.Count == 0 && (_host.Scheduler.NextDue is not { } due || due > end))
            {
                _host.Scheduler.PassTo(end);
                return false;
            }

            if (_host.Steps >= World.Plan.Budget.MaxSteps || !World.Step())
                return isSo();
        }

        return true;
    }
}
