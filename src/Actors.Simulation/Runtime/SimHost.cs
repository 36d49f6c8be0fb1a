using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Actors.Simulation;

/// <summary>
/// One actor system in which worlds run, one after the other, on one thread. Making a system is dear, so a worker keeps it over many seeds; what a run did is
/// gone when the next begins. Hosts share nothing: as many as wanted may run on as many threads.
/// </summary>
public sealed class SimHost : IDisposable
{
    /// <summary>Steps that the actors of a finished run get to end in; more is a defect, and the system is thrown away.</summary>
    private const int MaxTeardownSteps = 100_000;

    private const string Settings = """
        akka {
          stdout-loglevel = OFF
          loglevel = OFF
          loggers = []
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.run-by-actor-system-terminate = off
          scheduler.implementation = "Actors.Simulation.SimScheduler, Actors.Simulation"
          actor {
            default-dispatcher.type = "Actors.Simulation.SimDispatcherConfigurator, Actors.Simulation"
            internal-dispatcher.type = "Actors.Simulation.SimDispatcherConfigurator, Actors.Simulation"
            default-blocking-io-dispatcher.type = "Actors.Simulation.SimDispatcherConfigurator, Actors.Simulation"
            default-mailbox.mailbox-type = "Actors.Simulation.SimMailbox, Actors.Simulation"
          }
        }
        """;

    private readonly ReadySet _ready = new();
    private readonly List<SimActor> _dead = [];
    private readonly StepLimit _stepLimit;
    private readonly StepWatch _watch = new();
    private ActorSystem? _system;
    private SimScheduler _scheduler = null!;
    private SimActor? _running;
    private World? _world;
    private int _ownerThread;
    private int _adopted;
    private bool _taken;
    private long _turns;
    private volatile WorldStuckException? _stuck;

    /// <summary>Makes a host.</summary>
    public SimHost()
        : this(StepLimit.Default)
    {
    }

    /// <summary>Makes a host.</summary>
    /// <param name="stepLimit">How long a step may take before its run is ended.</param>
    internal SimHost(StepLimit stepLimit) => _stepLimit = stepLimit;

    /// <summary>The actor system that worlds use.</summary>
    internal ActorSystem System => _system!;

    /// <summary>Virtual time.</summary>
    internal SimScheduler Scheduler => _scheduler;

    /// <summary>Digests of messages.</summary>
    internal MessageDigest Digest { get; } = new();

    /// <summary>Who could go on.</summary>
    internal ReadySet ReadyActors => _ready;

    /// <summary>Steps taken in this run.</summary>
    internal long Steps { get; private set; }

    /// <summary>Steps and timers so far, of all runs. May be asked for by any thread, to see whether something goes on.</summary>
    internal long Turns => Volatile.Read(ref _turns);

    /// <summary>Whether something that was called didn't return: its thread may come back at any time, and must find nothing to go on with.</summary>
    internal bool IsStuck => _stuck is not null;

    /// <summary>Stack trace of the first thread that scheduled a mailbox from outside, or null.</summary>
    internal string? Foreign { get; private set; }

    /// <summary>Makes one run, from begin to end.</summary>
    /// <exception cref="WorldStuckException">Something that the world called didn't return within 30 s.</exception>
    public RunResult Run(RunRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var world = Open(request);
        RunResult? result = null;
        Watched(() =>
        {
            try
            {
                result = world.Run();
            }
            finally
            {
                if (_stuck is null)
                {
                    _world = null;
                    End(world);
                }
            }
        });
        return result!;
    }

    /// <summary>Makes a world that the caller steps, one at a time, until <see cref="Close"/>.</summary>
    internal World Open(RunRequest request)
    {
        if (_stuck is not null)
            throw _stuck;
        Begin();
        return _world = new World(this, request);
    }

    /// <summary>Whatever was going on in a world is over.</summary>
    internal void Close(World world)
    {
        if (_stuck is not null)
            return;
        _world = null;
        Watched(() => End(world));
    }

    /// <summary>Runs steps of the world, and returns when they are done.</summary>
    /// <exception cref="WorldStuckException">One of them didn't end, now or before.</exception>
    internal void Watched(Action steps)
    {
        if (_stuck is not null)
            throw _stuck;
        try
        {
            _watch.Run(
                () =>
                {
                    Enter();
                    steps();
                },
                () => Turns,
                WhereItIs,
                _stepLimit);
            Enter();
        }
        catch (WorldStuckException stuck)
        {
            _stuck = stuck;
            throw;
        }
    }

    /// <summary>Whether an actor's step runs. May be asked for by any thread.</summary>
    internal bool IsInStep => _running is not null;

    /// <summary>What is being called, as far as it can be seen from another thread.</summary>
    internal string WhereItIs()
    {
        if (_running is not { } actor)
            return "a demand, an oracle, a workload or a condition of the test";
        var path = actor.Reference.Path.ToStringWithoutAddress()[1..];
        return actor.Instance switch
        {
            DeviceModel.DeviceActor { Calling: { } callback } => $"{callback}, which {path} calls,",
            Guest.VcpuActor => $"a step of {path}, which runs its guest's program,",
            _ => $"a step of {path}, or an oracle that looks at it,",
        };
    }

    /// <summary>Runs the next timer. False: there is none.</summary>
    internal bool Advance()
    {
        _turns++;
        return _scheduler.TryAdvance();
    }

    /// <summary>The calling thread goes on with the world; threads may take turns.</summary>
    internal void Enter() => _ownerThread = Environment.CurrentManagedThreadId;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing in it has a thread: forgetting it is enough. What is stuck is left as it is.
        if (_stuck is null)
            Forget();
    }

    /// <summary>Says that something can run.</summary>
    internal void Ready(IRunnable run)
    {
        if (Environment.CurrentManagedThreadId != _ownerThread)
        {
            lock (_ready)
                Foreign ??= Environment.StackTrace;
            return;
        }

        var actor = run is Mailbox { MessageQueue: SimActor known } ? known : new SimActor(this, ActorRefs.Nobody, int.MaxValue);
        actor.Runnable = run;
        if (actor.Holds == 0)
            _ready.Add(actor, Steps);
    }

    /// <summary>Keeps an actor from going on, until it is released as often.</summary>
    internal void Hold(SimActor actor)
    {
        if (actor.Holds++ == 0 && actor.Runnable is not null)
            _ready.Remove(actor);
    }

    /// <summary>Lets an actor go on.</summary>
    internal void Release(SimActor actor)
    {
        if (--actor.Holds == 0 && actor.Runnable is not null)
            _ready.Add(actor, Steps);
    }

    /// <summary>An actor is gone with its process, in the middle of whatever it did. It is there for the actor system until the run is over.</summary>
    internal void Kill(SimActor actor)
    {
        if (actor.IsDead || actor.IsOver)
            return;
        actor.IsDead = true;
        Hold(actor);
        _dead.Add(actor);
    }

    /// <summary>An actor is about to take a message: what does it take first?</summary>
    internal Taking Before(SimActor actor, object message, out Envelope instead)
    {
        instead = default;
        return _world is { } world && world.Faults.HasActorRules ? world.Faults.AtTake(actor, message, out instead) : Simulation.Taking.Message;
    }

    /// <summary>An actor was made.</summary>
    internal SimActor Adopt(IActorRef reference)
    {
        var actor = new SimActor(this, reference, _adopted++);
        _world?.Adopted(actor);
        return actor;
    }

    /// <summary>A message reaches a mailbox. False: it doesn't.</summary>
    internal bool Posting(SimActor actor, in Envelope envelope, out int send)
    {
        if (Environment.CurrentManagedThreadId != _ownerThread)
        {
            lock (_ready)
                Foreign ??= Environment.StackTrace;
        }

        send = 0;
        return _world is null || _world.Posting(actor, envelope, out send);
    }

    /// <summary>Whether an actor may take a message now: one a step.</summary>
    internal bool MayTake(SimActor actor) => ReferenceEquals(actor, _running) && !_taken;

    /// <summary>An actor takes a message.</summary>
    internal void Taking(SimActor actor, in Envelope envelope, int send)
    {
        _taken = true;
        _world?.Taking(actor, envelope, send);
        if (actor.Slowness > 0)
            _world?.Faults.Delayed(actor);
    }

    /// <summary>Lets one of the ready actors go on.</summary>
    internal void StepAt(int index)
    {
        var actor = _ready.TakeAt(index);
        var runnable = actor.Runnable!;
        actor.Runnable = null;
        Steps++;
        _turns++;
        _running = actor;
        _taken = false;
        runnable.Run();
        _running = null;
    }

    private void Forget()
    {
        _system = null;
        _ready.Clear();
    }

    private void Begin()
    {
        Enter();
        Foreign = null;
        if (_system is null)
        {
            var setup = BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(Settings)).And(new SimSetup(this));
            _adopted = 0;
            _system = ActorSystem.Create("world", setup);
            _scheduler = (SimScheduler)_system.Scheduler;
            Drain();
        }

        _scheduler.Reset();
        Steps = 0;
        _adopted = World.FirstActor;
    }

    private void End(World world)
    {
        foreach (var actor in _dead)
        {
            actor.IsDead = false;
            while (actor.Holds > 0)
                Release(actor);
        }

        _dead.Clear();
        foreach (var root in world.Roots)
            _system!.Stop(root);
        _scheduler.Reset();
        var isOver = Drain();
        foreach (var root in world.Roots)
            isOver &= world.Find(root) is { IsOver: true };
        if (!isOver || Foreign is not null)
            Forget();
    }

    private bool Drain()
    {
        for (var i = 0; i < MaxTeardownSteps; i++)
        {
            if (_ready.Count > 0)
                StepAt(0);
            else if (!Advance())
                return true;
        }

        return false;
    }
}
