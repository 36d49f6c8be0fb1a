using System.Diagnostics;
using System.Globalization;

namespace Actors.Simulation;

/// <summary>
/// Ends a run in which a step doesn't end, since something that it calls doesn't return: it would hang its world, which has one thread, for ever. Steps are run on a thread of their own, and who asked for
/// them looks at a counter of steps on the wall clock meanwhile. Nothing of a run depends on that: all that ever comes of it is the end of the run as failed.
/// <para>Looks are counted, not time, so a process that was suspended has as many left as before; while a debugger is attached nothing is counted. What doesn't return can't be ended: it is left
/// behind with its thread and its host, which nobody uses again.</para>
/// </summary>
internal sealed class StepWatch
{
    /// <summary>Looks without a step after which a run is given up.</summary>
    private const int MostLooks = 30;

    private readonly StepThread _thread = new();

    /// <summary>Runs steps, and returns when they are done.</summary>
    /// <param name="steps">Runs them.</param>
    /// <param name="turns">How many there were: another number means that something goes on. Asked for by another thread.</param>
    /// <param name="where">What seems to be called, for the sentence: "a step of ...". Asked for by another thread.</param>
    /// <param name="limit">How long one may take.</param>
    /// <exception cref="WorldStuckException">One of them didn't end.</exception>
    public void Run(Action steps, Func<long> turns, Func<string> where, StepLimit limit)
    {
        if (limit.Time == Timeout.InfiniteTimeSpan || Debugger.IsAttached || _thread.IsCurrent)
        {
            steps();
            return;
        }

        _thread.Begin(steps);
        var period = TimeSpan.FromMilliseconds(Math.Max(1, (limit.Time / MostLooks).TotalMilliseconds));
        var seen = -1L;
        for (var looks = 0; !limit.Await(_thread.Await, period);)
        {
            var now = turns();
            looks = now != seen || Debugger.IsAttached ? 0 : looks + 1;
            seen = now;
            if (looks == MostLooks)
                throw new WorldStuckException(Sentence(where(), limit.Time));
        }

        _thread.Throw();
    }

    private static string Sentence(string where, TimeSpan limit) => string.Create(
        CultureInfo.InvariantCulture,
        $"{where} hasn't ended for {limit.TotalSeconds:0.###} s of real time, since something that it calls doesn't return: a world has one thread, so end the loop, or wait with await, WakeAfter or a timer instead of blocking; while a debugger is attached there is no limit");
}
