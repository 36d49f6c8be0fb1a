using System.Text;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Which service node gets a VM: of those that are up another than the guest's own, which would be no split and die with it; of them the one that has the fewest of this guest node's VMs; among equals
/// the one that a hash of VM and node says, so that many guest nodes don't all begin with the same. Once chosen, a VM stays. Who is up and what is where is told, by any thread.
/// </summary>
/// <param name="own">The guest's node; chosen only when there is no other.</param>
internal sealed class ServiceChoice(string? own = null)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, int> _load = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _up = new(StringComparer.Ordinal);

    /// <summary>VMs of this guest node at a service node.</summary>
    public int LoadOf(string node)
    {
        lock (_gate)
            return _load.GetValueOrDefault(node);
    }

    /// <summary>A node takes VMs.</summary>
    public bool Add(string node)
    {
        lock (_gate)
            return _up.Add(node);
    }

    /// <summary>A node takes none any more.</summary>
    public bool Remove(string node)
    {
        lock (_gate)
            return _up.Remove(node);
    }

    /// <summary>Chooses a node and counts the VM there; null when there is none.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="except">Node that could not take it just now; it is chosen only when there is no other.</param>
    public string? Take(VmId vm, string? except = null)
    {
        lock (_gate)
        {
            string? best = null;
            foreach (var node in _up)
            {
                if (best is null || IsBetter(vm, node, best, except))
                    best = node;
            }

            if (best is not null)
                _load[best] = _load.GetValueOrDefault(best) + 1;
            return best;
        }
    }

    /// <summary>A VM is at a node no more.</summary>
    public void Release(string node)
    {
        lock (_gate)
        {
            if (!_load.TryGetValue(node, out var load))
                return;
            if (load > 1)
                _load[node] = load - 1;
            else
                _load.Remove(node);
        }
    }

    private static uint Rank(VmId vm, string node)
    {
        var hash = 2166136261u ^ (uint)vm.Value;
        foreach (var one in Encoding.UTF8.GetBytes(node))
            hash = (hash ^ one) * 16777619u;
        return hash ^ (hash >> 15);
    }

    private bool IsBetter(VmId vm, string node, string than, string? except)
    {
        if ((node == except) != (than == except))
            return than == except;
        if ((node == own) != (than == own))
            return than == own;
        var (load, other) = (_load.GetValueOrDefault(node), _load.GetValueOrDefault(than));
        return load != other ? load < other : Rank(vm, node) < Rank(vm, than);
    }
}
