using System.Diagnostics;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Takes steps from the threads of many actors, with the time, and gives them in their order to a thread of its own. Recording doesn't wait for that thread: when it can't keep up, steps that don't fit the
/// buffer are counted.
/// </summary>
internal abstract class PathQueue : PathTrace, IDisposable
{
    /// <summary>Steps that wait at most.</summary>
    public const int Capacity = 32 * 1024;

    private const int FirstBuffer = 256;

    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _some = new();

    // Two buffers: actors fill one while the thread empties the other.
    private TimedStep[] _filling = new TimedStep[FirstBuffer];
    private int _count;
    private long _missing;
    private bool _ending;
    private TimedStep[] _taken = new TimedStep[FirstBuffer];

    /// <summary>Begins with <see cref="Start"/>.</summary>
    protected PathQueue(string thread) => _thread = new Thread(Run) { IsBackground = true, Name = thread };

    /// <summary>When the first step could come: <see cref="Stopwatch"/>'s time.</summary>
    protected long Begun { get; } = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override void Record(in PathStep step) => Add(step, null);

    /// <inheritdoc/>
    public override void Record(in LifeStep step) => Add(default, step);

    /// <inheritdoc/>
    public override void Record(in DropStep step) => Add(default, step);

    /// <summary>Gives what waits, then ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            _some.Set();
        }

        _thread.Join();
        Ended();
        _some.Dispose();
    }

    /// <summary>The thread begins.</summary>
    protected void Start() => _thread.Start();

    /// <summary>Takes steps, on the thread. Missing ones come last: nothing is lost but behind a full buffer.</summary>
    protected abstract void Take(ReadOnlySpan<TimedStep> steps, long missing);

    /// <summary>All was given.</summary>
    protected virtual void Ended()
    {
    }

    private void Add(in PathStep step, object? other)
    {
        lock (_gate)
        {
            if (_ending || (_count == _filling.Length && !TryGrow()))
            {
                _missing++;
                return;
            }

            _filling[_count++] = new TimedStep(Stopwatch.GetTimestamp(), step, other);
            if (_count == 1)
                _some.Set();
        }
    }

    private bool TryGrow()
    {
        if (_filling.Length >= Capacity)
            return false;

        Array.Resize(ref _filling, _filling.Length * 2);
        return true;
    }

    private void Run()
    {
        while (true)
        {
            _some.Wait();
            int count;
            long missing;
            bool last;
            lock (_gate)
            {
                _some.Reset();
                (count, missing, last) = (_count, _missing, _ending);
                (_filling, _taken) = (_taken, _filling);
                (_count, _missing) = (0, 0);
            }

            Take(_taken.AsSpan(0, count), missing);
            if (last)
                return;
        }
    }
}

/// <summary>A step with its time.</summary>
/// <param name="Stamp">Time of <see cref="Stopwatch"/>.</param>
/// <param name="Step">The step; default where it is something else.</param>
/// <param name="Other">A <see cref="LifeStep"/> or <see cref="DropStep"/>, or null.</param>
internal readonly record struct TimedStep(long Stamp, PathStep Step, object? Other);
