using System.Collections.Immutable;
using System.Globalization;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The guests in the box.</summary>
public sealed class GuestCatalog : IGuestCatalog
{
    private readonly DriverOptions _options;

    private static readonly ImmutableArray<Entry> Entries =
    [
        new("hello", [], "greets on its console and powers off", false, (_, options) => new HelloGuest(options)),
        new("echo", ["PORT"], "sends back what comes in on a port, to one peer after the other, until its input is over", false, (arguments, options) => new CopyGuest(arguments[0], arguments[0], options)),
        new("copy", ["FROM", "TO"], "what enters port FROM leaves on port TO, until the host closes FROM", false, (arguments, options) => new CopyGuest(arguments[0], arguments[1], options)),
        new("shell", [], "a small interactive guest on its console; type help", false, (_, options) => new ShellGuest(options)),
        new("idle", [], "brings its console up and sleeps", true, (_, options) => new IdleGuest(options)),
        new("exits", ["N"], "rings an empty queue's doorbell N times, each a full exit", true, (arguments, options) => new ExitsGuest(Count(arguments[0]), options)),
        new("flood", ["PORT", "BYTES", "CHAIN"], "sends BYTES bytes on a port in chains of CHAIN bytes", true, (arguments, options) => new FloodGuest(arguments[0], Count(arguments[1]), (int)Count(arguments[2]), options)),
        new("lines", ["PORT", "KEY", "N", "LENGTH"], "sends N numbered lines of LENGTH bytes on a port, which follow from KEY byte for byte", true, (arguments, options) => new LinesGuest(arguments[0], (uint)Count(arguments[1]), Count(arguments[2]), (int)Count(arguments[3]), options)),
    ];

    /// <summary>The guests with drivers that choose what is best.</summary>
    public GuestCatalog()
        : this(new DriverOptions())
    {
    }

    /// <summary>The guests with drivers that choose as told; what a guest needs for itself, it still sets.</summary>
    public GuestCatalog(DriverOptions options) => _options = options;

    /// <summary>One line for each guest: how to name it and what it does. Benchmark guests come last and say so.</summary>
    public static ImmutableArray<(string Usage, string Summary)> Help { get; } =
        [.. Entries.Select(entry => (entry.Usage, entry.IsBenchmark ? $"(benchmark) {entry.Summary}" : entry.Summary))];

    /// <summary>The ports that a guest's arguments name; none for a guest that isn't there.</summary>
    public static IEnumerable<string> PortsOf(GuestSpec guest) => Find(guest.Name) is { } entry && !guest.Arguments.IsDefault
        ? entry.Arguments.Zip(guest.Arguments).Where(pair => pair.First is "PORT" or "FROM" or "TO").Select(pair => pair.Second)
        : [];

    /// <inheritdoc/>
    public string? Validate(GuestSpec guest)
    {
        if (Find(guest.Name) is not { } entry)
            return $"Unknown guest '{guest.Name}': choose {Choices()}.";
        var given = guest.Arguments.IsDefault ? 0 : guest.Arguments.Length;
        if (given != entry.Arguments.Length)
            return $"Guest '{entry.Name}' takes {Arguments(entry.Arguments.Length)}, not {given}: {entry.Usage}.";
        for (var i = 0; i < given; i++)
        {
            if (ProblemOf(entry.Arguments[i], guest.Arguments[i]) is { } problem)
                return $"Guest '{entry.Name}': {problem}.";
        }

        return null;
    }

    /// <inheritdoc/>
    public GuestProgram Create(GuestSpec guest)
    {
        if (Validate(guest) is { } problem)
            throw new ArgumentException(problem, nameof(guest));
        return Find(guest.Name)!.Make(guest.Arguments, _options);
    }

    private static Entry? Find(string name)
    {
        foreach (var entry in Entries)
        {
            if (entry.Name == name)
                return entry;
        }

        return null;
    }

    private static string? ProblemOf(string parameter, string value) => parameter switch
    {
        "N" or "BYTES" when Count(value) < 1 => $"{parameter} is a number from 1, not '{value}'",
        "CHAIN" when Count(value) is < 1 or > FloodGuest.MaxChain => $"{parameter} is a number from 1 to {FloodGuest.MaxChain}, not '{value}'",
        "KEY" when Count(value) is < 1 or > uint.MaxValue => $"{parameter} is a number from 1 to {uint.MaxValue}, not '{value}'",
        "LENGTH" when Count(value) is < NumberedLine.MinBytes or > NumberedLine.MaxBytes => $"{parameter} is a number from {NumberedLine.MinBytes} to {NumberedLine.MaxBytes}, not '{value}'",
        _ when value.Length == 0 => $"{parameter} is empty",
        _ => null,
    };

    private static long Count(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static string Arguments(int count) => count switch { 0 => "no arguments", 1 => "1 argument", _ => $"{count} arguments" };

    private static string Choices()
    {
        var usages = Entries.Where(entry => !entry.IsBenchmark).Select(entry => entry.Usage).ToList();
        return $"{string.Join(", ", usages.SkipLast(1))} or {usages[^1]}";
    }

    private sealed record Entry(
        string Name, ImmutableArray<string> Arguments, string Summary, bool IsBenchmark, Func<ImmutableArray<string>, DriverOptions, GuestProgram> Make)
    {
        public string Usage => string.Join(' ', Arguments.Prepend(Name));
    }
}
