using System.Globalization;

namespace Actors.Simulation;

/// <summary>Takes a mapping's values by key, each with its check; what is wrong is noted, and the default taken. Keys that nobody took are unknown.</summary>
internal sealed class PlanFields
{
    private readonly PlanErrors _errors;
    private readonly string _what;
    private readonly Dictionary<string, PlanEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<PlanEntry> _left;
    private readonly List<string> _keys = [];

    /// <summary>Begins with a mapping.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="what">What it describes, with an article: "a fault".</param>
    /// <param name="errors">Where errors go.</param>
    public PlanFields(PlanMapping mapping, string what, PlanErrors errors)
    {
        _errors = errors;
        _what = what;
        Place = mapping.Place;
        _left = [.. mapping.Entries];
        foreach (var entry in mapping.Entries)
            _entries.Add(entry.Key, entry);
    }

    /// <summary>Where the mapping begins.</summary>
    public PlanPlace Place { get; }

    /// <summary>The fields of a node, or null with an error when it is no mapping.</summary>
    public static PlanFields? Of(PlanNode node, string what, PlanErrors errors)
    {
        if (node is PlanMapping mapping)
            return new PlanFields(mapping, what, errors);
        errors.Add(node.Place, $"{what} is a mapping (key: value), not {node.Kind}");
        return null;
    }

    /// <summary>Place of a key's value, or of the mapping.</summary>
    public PlanPlace PlaceOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Value.Place : Place;

    /// <summary>Whether a key is there.</summary>
    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>Notes an error at a key's value.</summary>
    public void Wrong(string key, string what) => _errors.Add(PlaceOf(key), what);

    /// <summary>A key's node, or null. A key without a value is an error.</summary>
    public PlanNode? Node(string key)
    {
        _keys.Add(key);
        if (!_entries.TryGetValue(key, out var entry))
            return null;
        _left.Remove(entry);
        if (entry.Value is not PlanScalar { IsMissing: true })
            return entry.Value;
        _errors.Add(entry.Place, $"'{key}' has no value, give one or remove the key");
        return null;
    }

    /// <summary>A scalar as written, or null.</summary>
    public PlanScalar? Scalar(string key, string form)
    {
        var node = Node(key);
        if (node is null or PlanScalar)
            return (PlanScalar?)node;
        _errors.Add(node.Place, $"'{key}' is {form}, not {node.Kind}");
        return null;
    }

    /// <summary>A text of bounded length, in one line.</summary>
    public string? Text(string key, int maxLength)
    {
        if (Scalar(key, "a text") is not { } scalar)
            return null;
        var text = scalar.Text.Trim();
        if (text.Length == 0)
            _errors.Add(scalar.Place, $"'{key}' is empty");
        else if (text.Length > maxLength)
            _errors.Add(scalar.Place, $"'{key}' has {text.Length} characters, {maxLength} are the most");
        else if (text.Any(char.IsControl))
            _errors.Add(scalar.Place, $"'{key}' is one line without control characters");
        else
            return text;
        return null;
    }

    /// <summary>A text that must be there.</summary>
    public string Needed(string key, int maxLength)
    {
        if (!_entries.ContainsKey(key))
        {
            _keys.Add(key);
            _errors.Add(Place, $"{_what} needs '{key}:'");
        }

        return Text(key, maxLength) ?? string.Empty;
    }

    /// <summary>A whole number.</summary>
    public long? Whole(string key, long low, long high)
    {
        if (Scalar(key, "a number") is not { } scalar)
            return null;
        if (Quantity.TryWhole(scalar.Text, out var number) && number >= low && number <= high)
            return number;
        _errors.Add(scalar.Place, string.Create(CultureInfo.InvariantCulture, $"'{key}' is a whole number from {low} to {high}, not {scalar.Kind}"));
        return null;
    }

    /// <summary>A number from 0 to 1.</summary>
    public double? Share(string key)
    {
        if (Scalar(key, "a number from 0 to 1") is not { } scalar)
            return null;
        if (double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1)
            return number;
        _errors.Add(scalar.Place, $"'{key}' is a number from 0 to 1, not {scalar.Kind}");
        return null;
    }

    /// <summary>true or false.</summary>
    public bool? Flag(string key)
    {
        if (Scalar(key, "true or false") is not { } scalar)
            return null;
        switch (scalar.Text)
        {
            case "true" or "on" or "yes":
                return true;
            case "false" or "off" or "no":
                return false;
            default:
                _errors.Add(scalar.Place, $"'{key}' is true or false, not {scalar.Kind}");
                return null;
        }
    }

    /// <summary>A time.</summary>
    public TimeSpan? Time(string key, TimeSpan low, TimeSpan high)
    {
        if (Scalar(key, Quantity.TimeForm) is not { } scalar)
            return null;
        if (!Quantity.TryTime(scalar.Text, out var time))
            _errors.Add(scalar.Place, $"'{key}' is {Quantity.TimeForm}, not {scalar.Kind}");
        else if (time < low || time > high)
            _errors.Add(scalar.Place, $"'{key}' is from {Quantity.OfTime(low)} to {Quantity.OfTime(high)}, not {scalar.Kind}");
        else
            return time;
        return null;
    }

    /// <summary>A number of bytes.</summary>
    public long? Bytes(string key, long low, long high)
    {
        if (Scalar(key, Quantity.SizeForm) is not { } scalar)
            return null;
        if (!Quantity.TryBytes(scalar.Text, out var bytes))
            _errors.Add(scalar.Place, $"'{key}' is {Quantity.SizeForm}, not {scalar.Kind}");
        else if (bytes < low || bytes > high)
            _errors.Add(scalar.Place, $"'{key}' is from {Quantity.OfBytes(low)} to {Quantity.OfBytes(high)}, not {scalar.Kind}");
        else
            return bytes;
        return null;
    }

    /// <summary>One of a few words.</summary>
    public T? Choice<T>(string key, IReadOnlyList<(string Word, T Value)> words)
        where T : struct
    {
        if (Scalar(key, "a word") is not { } scalar)
            return null;
        foreach (var (word, value) in words)
        {
            if (word == scalar.Text)
                return value;
        }

        var known = words.Select(pair => pair.Word).ToArray();
        _errors.Add(scalar.Place, $"'{key}' is one of {PlanSpelling.Listed(known)}, not {scalar.Kind}{PlanSpelling.Hint(scalar.Text, known)}");
        return null;
    }

    /// <summary>Items of a list; a single value stands for a list of one.</summary>
    public IReadOnlyList<PlanNode> Items(string key, int most)
    {
        var node = Node(key);
        if (node is null)
            return [];
        var items = node is PlanList list ? list.Items : [node];
        if (items.Count <= most)
            return items;
        _errors.Add(node.Place, $"'{key}' has {items.Count} items, {most} are the most");
        return [.. items.Take(most)];
    }

    /// <summary>The fields of a key's mapping, or null.</summary>
    public PlanFields? Fields(string key, string what) => Node(key) is { } node ? Of(node, what, _errors) : null;

    /// <summary>What nobody asked for, for kinds that take more keys than this class is told of. They count as taken.</summary>
    public IReadOnlyList<PlanEntry> TakeRest()
    {
        PlanEntry[] rest = [.. _left];
        _left.Clear();
        return rest;
    }

    /// <summary>Keys that were asked for.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>Every key was asked for that may be there: the rest is unknown.</summary>
    public void End()
    {
        foreach (var entry in TakeRest())
            Unknown(entry, _keys);
    }

    /// <summary>Notes a key as unknown.</summary>
    public void Unknown(PlanEntry entry, IReadOnlyList<string> known)
    {
        var hint = PlanSpelling.Hint(entry.Key, known);
        if (hint.Length == 0)
            hint = $", the keys are {PlanSpelling.Listed(known)}";
        _errors.Add(entry.Place, $"{_what} has no key '{PlanSpelling.Short(entry.Key)}'{hint}");
    }
}
