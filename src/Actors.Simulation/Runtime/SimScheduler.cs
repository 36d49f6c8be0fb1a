using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Actors.Simulation;

/// <summary>
/// Akka's scheduler on virtual time: timers in order of their time, then of their making. Time moves only when <see cref="TryAdvance"/> is called. A tick is 100 ns.
/// </summary>
internal sealed class SimScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log), IDateTimeOffsetNowTimeProvider
{
    /// <summary>The calendar at virtual time 0: 2026-01-01, UTC.</summary>
    public static readonly DateTimeOffset Origin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Entry, (long Due, long Order)> _timers = new();
    private readonly List<(object Token, Entry Entry, long Due)> _lost = [];
    private long _order;
    private object? _losing;

    /// <summary>What may move, lose or double timers; null: nothing.</summary>
    public ITimerFaults? Faults { get; set; }

    /// <summary>Virtual time in ticks.</summary>
    public long Ticks { get; private set; }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => TimeSpan.FromTicks(Ticks);

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => TimeSpan.FromTicks(Ticks);

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => Origin.AddTicks(Ticks);

    /// <summary>Due time of the next live timer, or null when there is none.</summary>
    public long? NextDue
    {
        get
        {
            while (_timers.TryPeek(out var next, out var key))
            {
                if (!next.IsCancelled)
                    return key.Due;
                _timers.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Runs the next timer, and moves time to it. False: there is none.</summary>
    public bool TryAdvance()
    {
        while (_timers.TryDequeue(out var entry, out var key))
        {
            if (entry.IsCancelled)
                continue;
            Ticks = Math.Max(Ticks, key.Due);
            if (entry.Interval > 0)
                Add(entry, key.Due + entry.Interval);
            entry.Run();
            return true;
        }

        return false;
    }

    /// <summary>Lets time pass in which nothing is due.</summary>
    public void PassTo(long ticks)
    {
        if (NextDue is not { } due || due >= ticks)
            Ticks = Math.Max(Ticks, ticks);
    }

    /// <summary>Runs something at a time; for the world itself.</summary>
    public void At(long due, Action action) => Add(new Entry(action, null, 0), due);

    /// <summary>The timer that is being asked for, and gets no copy, is kept under a token.</summary>
    public void LoseNext(object token) => _losing = token;

    /// <summary>Sets a timer that was lost.</summary>
    public void Restore(object token)
    {
        foreach (var (lost, entry, due) in _lost)
        {
            if (lost == token)
                Add(entry, Math.Max(Ticks, due));
        }

        _lost.RemoveAll(lost => lost.Token == token);
    }

    /// <summary>Sets time back, which nothing but a flaw does.</summary>
    public void SetBack(long ticks) => Ticks -= ticks;

    /// <summary>Forgets the timers of actors that are gone.</summary>
    public void ForgetTimers(Predicate<IActorRef> isGone)
    {
        var kept = new List<(Entry Entry, (long, long) Key)>(_timers.Count);
        foreach (var (entry, key) in _timers.UnorderedItems)
        {
            if (entry.Receiver is null || !isGone(entry.Receiver))
                kept.Add((entry, key));
        }

        _timers.Clear();
        _timers.EnqueueRange(kept);
    }

    /// <summary>A new run: time 0, no timers.</summary>
    public void Reset()
    {
        _timers.Clear();
        _lost.Clear();
        _losing = null;
        _order = 0;
        Ticks = 0;
        Faults = null;
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, TimeSpan.Zero, new Tell(receiver, message, sender).Run, cancelable, receiver);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, new Tell(receiver, message, sender).Run, cancelable, receiver);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Schedule(delay, TimeSpan.Zero, action, cancelable, null);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Schedule(delay, TimeSpan.Zero, action.Run, cancelable, null);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action, cancelable, null);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable, null);

    private void Schedule(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable, ICanTell? receiver)
    {
        var due = Ticks + Math.Max(0, delay.Ticks);
        var copies = 1;
        if (Faults is { } faults && receiver is IActorRef actor)
            copies = faults.AtTimer(actor, interval > TimeSpan.Zero, Ticks, ref due);
        for (var i = 0; i < copies; i++)
            Add(new Entry(action, cancelable, interval.Ticks) { Receiver = receiver as IActorRef }, due);
        if (copies == 0 && _losing is { } token)
            _lost.Add((token, new Entry(action, cancelable, interval.Ticks), due));
        _losing = null;
    }

    private void Add(Entry entry, long due) => _timers.Enqueue(entry, (due, _order++));

    private sealed record Tell(ICanTell Receiver, object Message, IActorRef Sender)
    {
        public void Run() => Receiver.Tell(Message, Sender);
    }

    private sealed class Entry(Action action, ICancelable? cancelable, long interval)
    {
        public long Interval { get; } = interval;

        /// <summary>Who gets a message by it; null: nobody that is known.</summary>
        public IActorRef? Receiver { get; init; }

        public bool IsCancelled => cancelable is { IsCancellationRequested: true };

        public void Run() => action();
    }
}

/// <summary>What may move, lose or double a timer when it is set (F71).</summary>
internal interface ITimerFaults
{
    /// <summary>Says how many copies of the timer are set: 0 loses it, 2 doubles it. A repeated timer is asked for once, when it is set.</summary>
    int AtTimer(IActorRef receiver, bool isRepeated, long now, ref long due);
}
