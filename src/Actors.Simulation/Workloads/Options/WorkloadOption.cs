using System.Collections.Immutable;
using System.Globalization;

namespace Actors.Simulation;

/// <summary>An option of a workload: a number, a time, or one of some words.</summary>
internal sealed class WorkloadOption
{
    private static readonly (string Suffix, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
    ];

    private readonly ImmutableArray<string> _words;
    private readonly long _minimum;
    private readonly long _maximum;
    private readonly bool _isTime;
    private readonly bool _isPowerOfTwo;

    private WorkloadOption(string name, string meaning, string byDefault, ImmutableArray<string> words, long minimum, long maximum, bool isTime, bool isPowerOfTwo = false)
    {
        Name = name;
        Meaning = meaning;
        Default = byDefault;
        _words = words;
        _minimum = minimum;
        _maximum = maximum;
        _isTime = isTime;
        _isPowerOfTwo = isPowerOfTwo;
    }

    /// <summary>Its key in a plan's workload.</summary>
    public string Name { get; }

    /// <summary>What it means, without its values.</summary>
    public string Meaning { get; }

    /// <summary>What holds when a plan doesn't give it.</summary>
    public string Default { get; }

    /// <summary>Its values, in words.</summary>
    public string Values => !_words.IsEmpty
        ? string.Join(", ", _words)
        : _isTime ? "a time such as 500us, 10ms or 2s" : string.Create(CultureInfo.InvariantCulture, $"{_minimum} to {_maximum}");

    /// <summary>A number.</summary>
    public static WorkloadOption Number(string name, string meaning, long byDefault, long minimum, long maximum) =>
        new(name, meaning, byDefault.ToString(CultureInfo.InvariantCulture), [], minimum, maximum, isTime: false);

    /// <summary>A power of two, or 0.</summary>
    public static WorkloadOption PowerOfTwo(string name, string meaning, long byDefault, long maximum) =>
        new(name, meaning, byDefault.ToString(CultureInfo.InvariantCulture), [], 0, maximum, isTime: false, isPowerOfTwo: true);

    /// <summary>A time.</summary>
    public static WorkloadOption Time(string name, string meaning, string byDefault) => new(name, meaning, byDefault, [], 0, TimeSpan.TicksPerDay, isTime: true);

    /// <summary>A word; the first is the default.</summary>
    public static WorkloadOption Word(string name, string meaning, params ImmutableArray<string> words) => new(name, meaning, words[0], words, 0, 0, isTime: false);

    /// <summary>Null, or one sentence about what is wrong with a plan's value.</summary>
    public string? Check(Plan plan) => Check(TextOf(plan)) is { } wrong ? $"Workload option {wrong}." : null;

    /// <summary>Null, or what is wrong with a value, without a full stop.</summary>
    public string? Check(string text)
    {
        var isRight = !_words.IsEmpty ? _words.Contains(text, StringComparer.Ordinal)
            : TryParse(text, out var value) && value >= _minimum && value <= _maximum && (!_isPowerOfTwo || value == 0 || long.IsPow2(value));
        if (!isRight && _isTime && TryParse(text, out _))
            return $"'{Name}' is at most a day, not '{PlanSpelling.Short(text)}'";
        return isRight ? null : $"'{Name}' is {(_isPowerOfTwo ? "0 or a power of two, " : string.Empty)}{Values}, not '{PlanSpelling.Short(text)}'{PlanSpelling.Hint(text, _words)}";
    }

    /// <summary>The plan's word.</summary>
    public string WordOf(Plan plan) => TextOf(plan);

    /// <summary>The plan's number.</summary>
    public int NumberOf(Plan plan) => TryParse(TextOf(plan), out var value) ? (int)value : throw Wrong(plan);

    /// <summary>The plan's time.</summary>
    public TimeSpan TimeOf(Plan plan) => TryParse(TextOf(plan), out var value) ? TimeSpan.FromTicks(value) : throw Wrong(plan);

    private string TextOf(Plan plan) => plan.Workload.Options.GetValueOrDefault(Name, Default);

    private ArgumentException Wrong(Plan plan) => new(Check(plan), nameof(plan));

    private bool TryParse(string text, out long value)
    {
        value = 0;
        if (!_isTime)
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        foreach (var (suffix, ticks) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)
                || !double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
            {
                continue;
            }

            value = (long)(count * ticks);
            return true;
        }

        return false;
    }
}
