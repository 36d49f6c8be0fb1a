namespace Actors.Cli;

/// <summary>Finds the word that a person probably meant.</summary>
internal static class Spelling
{
    private const int FarthestEdits = 2;

    /// <summary>", did you mean 'x'?" for the nearest word, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        var nearest = known
            .Select(candidate => (candidate, edits: Edits(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(pair => pair.edits <= FarthestEdits && pair.edits < pair.candidate.Length)
            .OrderBy(pair => pair.edits)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
        return nearest is null ? "" : $", did you mean '{nearest}'?";
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Edits(string from, string to)
    {
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var current = new int[to.Length + 1];
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
            previous = current;
        }

        return previous[to.Length];
    }
}
