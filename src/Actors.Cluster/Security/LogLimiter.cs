using System.Text;

namespace Actors.Cluster;

/// <summary>
/// Says a complaint about a peer once, and how often it was kept back when it is said again after a while. What differs in nothing but numbers (ports, lengths,
/// uids) is the same complaint, so a peer can't fill a log; and the memory for it is bounded.
/// </summary>
internal sealed class LogLimiter(TimeSpan quiet, TimeProvider clock)
{
    /// <summary>Complaints told apart; when there are more, all are forgotten.</summary>
    public const int MostKinds = 1000;

    private const int MostCharacters = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Said, long KeptBack)> _kinds = new(StringComparer.Ordinal);

    /// <summary>Whether to say it.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="line">What it says.</param>
    /// <param name="keptBack">How often the same was kept back before.</param>
    public bool Allows(string source, string line, out long keptBack)
    {
        var kind = KindOf(source, line);
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            keptBack = 0;
            if (_kinds.TryGetValue(kind, out var known))
            {
                if (clock.GetElapsedTime(known.Said, now) < quiet)
                {
                    _kinds[kind] = (known.Said, known.KeptBack + 1);
                    return false;
                }

                keptBack = known.KeptBack;
            }

            if (_kinds.Count >= MostKinds)
                _kinds.Clear();
            _kinds[kind] = (now, 0);
            return true;
        }
    }

    private static string KindOf(string source, string line)
    {
        var kind = new StringBuilder(2 * MostCharacters);
        Add(kind, source);
        Add(kind, line);
        return kind.ToString();
    }

    /// <summary>The text with each number as one sign.</summary>
    private static void Add(StringBuilder kind, string text)
    {
        var wasDigit = false;
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, MostCharacters)))
        {
            var isDigit = char.IsDigit(character);
            if (!isDigit)
                kind.Append(character);
            else if (!wasDigit)
                kind.Append('#');
            wasDigit = isDigit;
        }

        kind.Append('|');
    }
}
