using System.Diagnostics;
using System.Globalization;

namespace Actors.Cli;

/// <summary>
/// The clock of a node in an experiment: that of the machine at a rate of its own, and a calendar that may be wrong and jump. Its monotonic part never goes back. Who runs the experiment sets it by a line on
/// the node's standard input. By any thread.
/// </summary>
internal sealed class ExperimentClock : TimeProvider
{
    private const string Word = "clock";
    private const double Million = 1_000_000;
    private const long LeastRate = -900_000;
    private const long MostRate = 9_000_000;
    private static readonly long MostOffset = TimeSpan.FromDays(36_525).Ticks;

    private readonly Func<long> _ticks;
    private readonly DateTimeOffset _origin;
    private readonly Lock _gate = new();
    private Setting _set = new(0, 0, 0, 0);

    /// <summary>Makes one that is right.</summary>
    /// <param name="ticks">A clock that never goes back, in <see cref="TimeSpan.Ticks"/>; null: the machine's.</param>
    public ExperimentClock(Func<long>? ticks = null)
    {
        _ticks = ticks ?? (static () => Stopwatch.GetElapsedTime(0).Ticks);
        _origin = DateTimeOffset.UtcNow.AddTicks(-_ticks());
    }

    /// <summary>The one of this process: Akka makes some of those who need it, by their names.</summary>
    public static ExperimentClock Own { get; } = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The line that sets a node's clock; what is beyond a clock's bounds becomes the bound.</summary>
    /// <param name="offset">How far the calendar is off.</param>
    /// <param name="partsPerMillion">How much faster than right the clock runs.</param>
    public static string Line(TimeSpan offset, long partsPerMillion) => string.Create(CultureInfo.InvariantCulture, $"{Word} {Math.Clamp(offset.Ticks, -MostOffset, MostOffset)} {Math.Clamp(partsPerMillion, LeastRate, MostRate)}");

    /// <summary>Does what a line says; false: it says nothing of clocks.</summary>
    public bool TryObey(string line)
    {
        if (line.Split(' ') is not [Word, var offset, var rate] || !long.TryParse(offset, CultureInfo.InvariantCulture, out var ticks) || !long.TryParse(rate, CultureInfo.InvariantCulture, out var partsPerMillion)
            || ticks > MostOffset || ticks < -MostOffset || partsPerMillion is < LeastRate or > MostRate)
        {
            return false;
        }

        lock (_gate)
            Volatile.Write(ref _set, new Setting(GetTimestamp(), _ticks(), ticks, partsPerMillion));
        return true;
    }

    /// <summary>How long the machine takes for what takes so long by this clock.</summary>
    public TimeSpan ToMachine(TimeSpan own) => Volatile.Read(ref _set).Rate is var rate and not 0 ? own / (1 + (rate / Million)) : own;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _origin.AddTicks(GetTimestamp() + Volatile.Read(ref _set).Offset);

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        var set = Volatile.Read(ref _set);
        var passed = _ticks() - set.Since;
        return set.At + passed + (long)(passed * (set.Rate / Million));
    }

    /// <param name="At">What it showed when it was set.</param>
    /// <param name="Since">What the machine's showed then.</param>
    /// <param name="Offset">Of the calendar.</param>
    /// <param name="Rate">Parts per million.</param>
    private sealed record Setting(long At, long Since, long Offset, long Rate);
}
