using System.Diagnostics;
using Akka.Dispatch;

namespace Actors.Cluster;

/// <summary>One thread of a <see cref="CoreLocalDispatcher"/> and its run queue, a deque in a ring: its own thread pushes and takes at the new end, others at the old end.</summary>
internal sealed class CoreLocalWorker
{
    /// <summary>After so long on the newest entries the oldest runs: then it is the next VM's turn. A shorter turn would fetch the VMs' data from memory again and again.</summary>
    private static readonly long _turnTicks = Stopwatch.Frequency / 1_000;

    /// <summary>The clock is read every so many picks, a power of two.</summary>
    private const int ClockEvery = 16;

    /// <summary>Entries above which a sleeping worker is woken to help.</summary>
    private const int WorthSharing = 8;

    private const int SpinsBeforeSleep = 60;

    /// <summary>A sleeper looks around this often: for queues behind an actor that runs long.</summary>
    private static readonly TimeSpan _lookAround = TimeSpan.FromMilliseconds(50);

    private readonly object _bed = new();
    private IRunnable?[] _ring = new IRunnable?[64];
    private SpinLock _lock = new(enableThreadOwnerTracking: false);
    private int _oldest;
    private volatile int _count;
    private volatile bool _sleeping;
    private volatile bool _stopped;
    private readonly bool _isStandIn;
    private volatile bool _retiring;
    private long _picks;
    private long _picksSeen;
    private long _turnBegan;
    private readonly QueueWait _wait = new();

    public CoreLocalWorker(CoreLocalDispatcher dispatcher, string name, bool isStandIn = false)
    {
        Dispatcher = dispatcher;
        _isStandIn = isStandIn;
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    [field: ThreadStatic]
    public static CoreLocalWorker? Current { get; private set; }

    public CoreLocalDispatcher Dispatcher { get; }

    public int Count => _count;

    /// <summary>A stand-in serves for one period; who is still blocked then gets another.</summary>
    public void EndStandIn() => _retiring = _isStandIn;

    /// <summary>True when this thread has been in the same actor since the last call. From the watch only.</summary>
    public bool SeemsBlocked()
    {
        var picks = Volatile.Read(ref _picks);
        var same = picks == _picksSeen && !_sleeping;
        _picksSeen = picks;
        return same;
    }

    /// <summary>How long entries wait for their turn. From the watch only.</summary>
    public TimeSpan MeasureWait()
    {
        var taken = false;
        _lock.Enter(ref taken);
        var wait = _wait.Measure(_count, Stopwatch.GetTimestamp());
        _lock.Exit(useMemoryBarrier: false);
        return wait;
    }

    /// <summary>From this worker's own thread.</summary>
    public void PushOwn(IRunnable run)
    {
        Push(run);
        if (_count > WorthSharing && Dispatcher.HasSleepers)
        {
            Dispatcher.WakeSleeper(except: this);
        }
    }

    /// <summary>From any other thread.</summary>
    public void Post(IRunnable run)
    {
        Push(run);
        Interlocked.MemoryBarrier();
        if (!WakeIfSleeping() && _count > 1 && Dispatcher.HasSleepers)
        {
            Dispatcher.WakeSleeper(except: this);
        }
    }

    public bool WakeIfSleeping()
    {
        if (!_sleeping)
        {
            return false;
        }

        lock (_bed)
        {
            Monitor.Pulse(_bed);
        }

        return true;
    }

    public IRunnable? TakeOldest()
    {
        var taken = false;
        _lock.Enter(ref taken);
        if (_count == 0)
        {
            _lock.Exit(useMemoryBarrier: false);
            return null;
        }

        var run = _ring[_oldest];
        _ring[_oldest] = null;
        _oldest = (_oldest + 1) & (_ring.Length - 1);
        _count--;
        _wait.OldestTaken();
        _lock.Exit(useMemoryBarrier: false);
        return run;
    }

    public void Stop()
    {
        _stopped = true;
        lock (_bed)
        {
            Monitor.Pulse(_bed);
        }
    }

    private void Push(IRunnable run)
    {
        var taken = false;
        _lock.Enter(ref taken);
        if (_count == _ring.Length)
        {
            Grow();
        }

        _ring[(_oldest + _count) & (_ring.Length - 1)] = run;
        _count++;
        _lock.Exit(useMemoryBarrier: false);
    }

    private IRunnable? TakeNewest()
    {
        if (_count == 0)
        {
            return null;
        }

        var taken = false;
        _lock.Enter(ref taken);
        if (_count == 0)
        {
            _lock.Exit(useMemoryBarrier: false);
            return null;
        }

        var at = (_oldest + --_count) & (_ring.Length - 1);
        var run = _ring[at];
        _ring[at] = null;
        _wait.NewestTaken(_count);
        _lock.Exit(useMemoryBarrier: false);
        return run;
    }

    private void Grow()
    {
        var bigger = new IRunnable?[_ring.Length * 2];
        for (var i = 0; i < _count; i++)
        {
            bigger[i] = _ring[(_oldest + i) & (_ring.Length - 1)];
        }

        _ring = bigger;
        _oldest = 0;
    }

    private void Run()
    {
        Current = this;
        while (true)
        {
            if (_retiring)
            {
                Dispatcher.Retire(this);
                return;
            }

            Volatile.Write(ref _picks, _picks + 1);
            var run = (IsTurnOver() ? TakeOldest() : TakeNewest()) ?? Dispatcher.Steal(this);
            if (run is not null)
            {
                run.Run();
            }
            else if (_stopped)
            {
                return;
            }
            else if (_isStandIn)
            {
                Dispatcher.Retire(this);
                return;
            }
            else
            {
                SpinThenSleep();
            }
        }
    }

    private bool IsTurnOver()
    {
        if ((_picks & (ClockEvery - 1)) != 0)
            return false;
        var now = Stopwatch.GetTimestamp();
        if (now - _turnBegan < _turnTicks)
            return false;
        _turnBegan = now;
        return true;
    }

    private void SpinThenSleep()
    {
        for (var i = 0; i < SpinsBeforeSleep; i++)
        {
            if (_count > 0 || _stopped)
            {
                return;
            }

            Thread.SpinWait(30);
        }

        lock (_bed)
        {
            _sleeping = true;
            Dispatcher.CountSleeper(1);
            Interlocked.MemoryBarrier();
            if (_count == 0 && !_stopped)
            {
                Monitor.Wait(_bed, _lookAround);
            }

            _sleeping = false;
            Dispatcher.CountSleeper(-1);
        }
    }
}
