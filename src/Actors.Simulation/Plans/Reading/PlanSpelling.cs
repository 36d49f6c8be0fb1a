namespace Actors.Simulation;

/// <summary>Finds the word that a person probably meant.</summary>
internal static class PlanSpelling
{
    private const int MaxShown = 60;
    private const int MaxCompared = 100;

    /// <summary>", did you mean 'x'?" for the nearest word, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        string? nearest = null;
        var fewest = int.MaxValue;
        foreach (var candidate in known)
        {
            var edits = word.Length > MaxCompared ? int.MaxValue : Edits(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (edits >= fewest || edits > Math.Max(1, candidate.Length / 3))
                continue;
            nearest = candidate;
            fewest = edits;
        }

        return nearest is null ? string.Empty : $", did you mean '{nearest}'?";
    }

    /// <summary>A text that fits in a sentence, without control characters.</summary>
    public static string Short(string text, int most = MaxShown)
    {
        var shown = text.Length <= most ? text : string.Concat(text.AsSpan(0, most), "...");
        return string.Create(shown.Length, shown, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }

    /// <summary>"a, b and c".</summary>
    public static string Listed(IReadOnlyList<string> words) => words.Count switch
    {
        0 => "none",
        1 => words[0],
        _ => $"{string.Join(", ", words.Take(words.Count - 1))} and {words[^1]}",
    };

    /// <summary>Edits from one word to another: letters put in, taken out, changed, or two neighbours swapped.</summary>
    private static int Edits(string from, string to)
    {
        var before = new int[to.Length + 1];
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var current = new int[to.Length + 1];
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
            }

            (before, previous) = (previous, current);
        }

        return previous[to.Length];
    }
}
