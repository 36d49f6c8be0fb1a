using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Actors.Cli;

/// <summary>Akka's scheduler by a node's own clock: what is repeated has the clock's rate from one time to the next.</summary>
internal sealed class ExperimentScheduler : SchedulerBase, IDisposable
{
    /// <summary>What a node's HOCON says to have it.</summary>
    public static readonly string Setting = Text("akka.scheduler.implementation", typeof(ExperimentScheduler));

    private readonly HashedWheelTimerScheduler _machine;

    /// <summary>Made by Akka.</summary>
    public ExperimentScheduler(Config settings, ILoggingAdapter log)
        : base(settings, log)
    {
        _machine = new HashedWheelTimerScheduler(settings, log);
    }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => TimeSpan.FromTicks(ExperimentClock.Own.GetTimestamp());

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => ExperimentClock.Own.GetUtcNow();

    /// <summary>A line of HOCON that names a class.</summary>
    public static string Text(string key, Type type) => $"{key} = \"{type.FullName}, {type.Assembly.GetName().Name}\"";

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        ((ITellScheduler)_machine).ScheduleTellOnce(ToMachine(delay), receiver, message, sender, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Repeat(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => ((IActionScheduler)_machine).ScheduleOnce(ToMachine(delay), action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => ((IActionScheduler)_machine).ScheduleOnce(ToMachine(delay), action.Run, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) => Repeat(initialDelay, interval, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) => Repeat(initialDelay, interval, action.Run, cancelable);

    private static TimeSpan ToMachine(TimeSpan own) => ExperimentClock.Own.ToMachine(own);

    private void Repeat(TimeSpan delay, TimeSpan interval, Action action, ICancelable cancelable)
    {
        ((IActionScheduler)_machine).ScheduleOnce(ToMachine(delay), Turn, cancelable);

        void Turn()
        {
            try
            {
                ((IActionScheduler)_machine).ScheduleOnce(ToMachine(interval), Turn, cancelable);
            }
            catch (SchedulerException)
            {
                // It ends with its actor system.
            }

            action();
        }
    }
}
