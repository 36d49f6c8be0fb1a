namespace Actors.Cluster;

/// <summary>What a node granted to others: when it last did, and to whom it never will again.</summary>
internal sealed class LeaseGrants(LeaseTimes times, TimeProvider clock)
{
    /// <summary>Nodes that are remembered; when there are more, those of whom nothing is left to wait for are forgotten.</summary>
    public const int MostNodes = 10_000;

    private readonly Dictionary<int, long> _grantedAt = [];
    private readonly HashSet<int> _lost = [];

    /// <summary>Grants, unless that node is lost.</summary>
    public bool TryGrant(int node)
    {
        if (_lost.Contains(node))
            return false;
        _grantedAt[node] = clock.GetTimestamp();
        return true;
    }

    /// <summary>A node is lost: it gets nothing from here any more.</summary>
    public void Lose(int node)
    {
        if (_lost.Count >= MostNodes)
        {
            _lost.RemoveWhere(HasRunOut);
            foreach (var old in _grantedAt.Keys.Where(HasRunOut).ToArray())
                _grantedAt.Remove(old);
        }

        _lost.Add(node);
    }

    /// <summary>True when nothing that it granted to a node can be good any more.</summary>
    public bool HasRunOut(int node) => !_grantedAt.TryGetValue(node, out var at) || clock.GetElapsedTime(at) >= times.GrantedFor;
}
