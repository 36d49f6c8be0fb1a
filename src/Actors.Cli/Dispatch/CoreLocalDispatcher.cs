using Akka.Configuration;
using Akka.Dispatch;

namespace Actors.Cli;

/// <summary>
/// Runs mailboxes on one thread per core, each with a run queue of its own that it serves newest first: what an actor wakes runs next, on the same
/// core, with its data still in the cache. Every 64th pick is the oldest one, so nothing starves; an idle core takes work from a
/// busy one. Not for actors that block: those belong on a thread pool.
/// </summary>
internal sealed class CoreLocalDispatcher : MessageDispatcher
{
    private readonly Lock _starting = new();
    private readonly int _workerCount;
    private volatile CoreLocalWorker[]? _workers;
    private int _sleeping;
    private int _next;

    public CoreLocalDispatcher(MessageDispatcherConfigurator configurator, int workers, int throughput)
        : base(configurator)
    {
        _workerCount = workers;
        Throughput = throughput;
    }

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
        workers[(uint)Interlocked.Increment(ref _next) % (uint)workers.Length].Post(run);
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
            }

            return _workers;
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
