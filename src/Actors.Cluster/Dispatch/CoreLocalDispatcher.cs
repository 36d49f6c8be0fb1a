using System.Diagnostics.CodeAnalysis;
using Akka.Configuration;
using Akka.Dispatch;

namespace Actors.Cluster;

/// <summary>
/// Runs mailboxes on one thread per core, each with a run queue of its own that it serves newest first: what an actor wakes runs next, on the same
/// core, with its data still in the cache. After 1 ms it is the oldest one's turn, so nothing starves; an idle core takes work from a
/// busy one. An actor that blocks (a write to a slow disk) holds its thread; when others wait behind it, a stand-in thread serves them.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Shutdown ends the watch; Akka knows no other end of a dispatcher.")]
internal sealed class CoreLocalDispatcher : MessageDispatcher
{
    /// <summary>Stand-ins at one time: as many actors may block at once, beside one a core.</summary>
    private const int MaxStandIns = 64;

    /// <summary>A thread that has been in one actor for a whole period is taken for blocked. Long beside what a busy machine may keep a thread waiting.</summary>
    private static readonly TimeSpan _watchPeriod = TimeSpan.FromMilliseconds(200);

    private readonly Lock _starting = new();
    private readonly int _workerCount;
    private volatile CoreLocalWorker[]? _workers;
    private long _wait;
    private Timer? _watch;
    private int _sleeping;
    private int _next;

    public CoreLocalDispatcher(MessageDispatcherConfigurator configurator, int workers, int throughput)
        : base(configurator)
    {
        _workerCount = workers;
        Throughput = throughput;
    }

    /// <summary>How long an actor that gets a message now waits for its turn, as far as the watch knows: to 200 ms, and never more than it has seen.</summary>
    public TimeSpan Wait => TimeSpan.FromTicks(Volatile.Read(ref _wait));

    /// <summary>True while some worker sleeps, so that others may give work away.</summary>
    public bool HasSleepers => Volatile.Read(ref _sleeping) > 0;

    public void CountSleeper(int change) => Interlocked.Add(ref _sleeping, change);

    /// <summary>Work for a worker that has none: the oldest entry of the longest queue.</summary>
    public IRunnable? Steal(CoreLocalWorker thief)
    {
        CoreLocalWorker? richest = null;
        foreach (var worker in _workers ?? [])
        {
            if (worker != thief && worker.Count > (richest?.Count ?? 0))
            {
                richest = worker;
            }
        }

        return richest?.TakeOldest();
    }

    /// <summary>Wakes one sleeping worker, if there is one.</summary>
    public void WakeSleeper(CoreLocalWorker except)
    {
        foreach (var worker in _workers ?? [])
        {
            if (worker != except && worker.WakeIfSleeping())
            {
                return;
            }
        }
    }

    protected override void ExecuteTask(IRunnable run)
    {
        var current = CoreLocalWorker.Current;
        if (current is not null && current.Dispatcher == this)
        {
            current.PushOwn(run);
            return;
        }

        var workers = _workers ?? Start();
        workers[(uint)Interlocked.Increment(ref _next) % (uint)_workerCount].Post(run);
    }

    /// <summary>A stand-in ends; what it had left goes to the threads of the cores.</summary>
    public void Retire(CoreLocalWorker standIn)
    {
        lock (_starting)
        {
            _workers = _workers is null ? null : [.. _workers.Where(worker => worker != standIn)];
        }

        while (standIn.TakeOldest() is { } run)
        {
            var workers = _workers ?? Start();
            workers[(uint)Interlocked.Increment(ref _next) % (uint)_workerCount].Post(run);
        }
    }

    /// <summary>Called when the dispatcher has had no actors for a while; a later actor starts it again.</summary>
    protected override void Shutdown()
    {
        lock (_starting)
        {
            foreach (var worker in _workers ?? [])
            {
                worker.Stop();
            }

            _workers = null;
            _watch?.Dispose();
            _watch = null;
        }
    }

    private CoreLocalWorker[] Start()
    {
        lock (_starting)
        {
            if (_workers is null)
            {
                var workers = new CoreLocalWorker[_workerCount];
                for (var i = 0; i < workers.Length; i++)
                {
                    workers[i] = new CoreLocalWorker(this, $"actors-core-{i}");
                }

                _workers = workers;
                _watch = new Timer(_ => Watch(), null, _watchPeriod, _watchPeriod);
            }

            return _workers;
        }
    }

    private void Watch()
    {
        lock (_starting)
        {
            var anyBlocked = false;
            var wait = TimeSpan.Zero;
            foreach (var worker in _workers ?? [])
            {
                var its = worker.MeasureWait();
                wait = its > wait ? its : wait;
                anyBlocked |= worker.SeemsBlocked() && worker.Count > 0;
                worker.EndStandIn();
            }

            Volatile.Write(ref _wait, wait.Ticks);
            if (anyBlocked && !HasSleepers && _workers!.Length < _workerCount + MaxStandIns)
            {
                _workers = [.. _workers, new CoreLocalWorker(this, "actors-stand-in", isStandIn: true)];
            }
        }
    }
}

/// <summary>Makes a <see cref="CoreLocalDispatcher"/> from HOCON: <c>workers</c> (0: one per core) and <c>throughput</c>.</summary>
internal sealed class CoreLocalConfigurator : MessageDispatcherConfigurator
{
    private readonly CoreLocalDispatcher _dispatcher;

    public CoreLocalConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        var workers = config.GetInt("workers");
        _dispatcher = new CoreLocalDispatcher(this, workers > 0 ? workers : Environment.ProcessorCount, config.GetInt("throughput", 100));
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
