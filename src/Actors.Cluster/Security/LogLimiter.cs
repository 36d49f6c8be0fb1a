namespace Actors.Cluster;

/// <summary>
/// Says a complaint of a kind about a peer once, and how often it was kept back when it is said again after a while. Peers provoke complaints, so there is a bound to everything: of the peers
/// of one kind, and of kinds, those that are too many count as one.
/// </summary>
/// <param name="quiet">For how long the same is kept back.</param>
/// <param name="clock">Its time.</param>
internal sealed class LogLimiter(TimeSpan quiet, TimeProvider clock)
{
    /// <summary>Kinds told apart.</summary>
    public const int MostKinds = 256;

    /// <summary>Peers told apart, of a kind.</summary>
    public const int MostPeers = 16;

    /// <summary>Stands for all that are too many.</summary>
    private const string Others = "\0";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, Complaint>> _kinds = new(StringComparer.Ordinal);

    /// <summary>Whether to say it.</summary>
    /// <param name="kind">What it is, without what differs from peer to peer.</param>
    /// <param name="peer">Whom it is about; empty: nobody.</param>
    /// <param name="keptBack">How often the same was kept back before.</param>
    public bool Allows(string kind, string peer, out long keptBack)
    {
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            keptBack = 0;
            var peers = Find(kind, now);
            if (!peers.ContainsKey(peer) && peers.Count >= MostPeers)
            {
                Forget(peers, now);
                if (peers.Count >= MostPeers)
                    peer = Others;
            }

            if (peers.TryGetValue(peer, out var known))
            {
                if (!IsOld(known, now))
                {
                    peers[peer] = known with { KeptBack = known.KeptBack + 1 };
                    return false;
                }

                keptBack = known.KeptBack;
            }

            peers[peer] = new Complaint(now, 0);
            return true;
        }
    }

    private Dictionary<string, Complaint> Find(string kind, long now)
    {
        if (_kinds.TryGetValue(kind, out var peers))
            return peers;
        if (_kinds.Count >= MostKinds)
        {
            foreach (var (known, of) in _kinds)
            {
                Forget(of, now);
                if (of.Count == 0)
                    _kinds.Remove(known);
            }

            if (_kinds.Count >= MostKinds)
                kind = Others;
        }

        if (!_kinds.TryGetValue(kind, out peers))
            _kinds.Add(kind, peers = new Dictionary<string, Complaint>(StringComparer.Ordinal));
        return peers;
    }

    private void Forget(Dictionary<string, Complaint> peers, long now)
    {
        foreach (var (peer, said) in peers)
        {
            if (IsOld(said, now))
                peers.Remove(peer);
        }
    }

    private bool IsOld(Complaint said, long now) => clock.GetElapsedTime(said.At, now) >= quiet;

    private readonly record struct Complaint(long At, long KeptBack);
}
