namespace Actors.Cluster;

/// <summary>What a receiver refused: all is counted, the first of each kind is logged. May be called from any thread.</summary>
/// <param name="log">Takes a line for a person.</param>
internal sealed class ReceiverRefusals(Action<string> log)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _logged = [];
    private long _count;

    /// <summary>Refusals so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Counts and logs a refusal. Comes before the peer is told: who hears of a refusal finds it in the report.</summary>
    public void Turn(string kind, string sentence)
    {
        Interlocked.Increment(ref _count);
        Log(kind, sentence);
    }

    /// <summary>Logs what is no refusal of a peer's.</summary>
    public void Log(string kind, string sentence)
    {
        lock (_gate)
        {
            if (!_logged.Add(kind))
                return;
        }

        log($"{sentence} (further ones of this kind are only counted)");
    }
}
