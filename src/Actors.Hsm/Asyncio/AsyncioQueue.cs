using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// Changes of the hypervisor's asyncio table, one on its way at a time: an assign that is sent again can't overtake its deassign. As many as
/// there are descriptors at most wait, each for its assign and its deassign.
/// </summary>
/// <param name="incarnation">Of the HSM: ids of one are never another's.</param>
internal sealed class AsyncioQueue(int incarnation = 0)
{
    private List<AsyncioOperation>? _operations;
    private long _lastId = (long)incarnation << 32;

    /// <summary>Operations not yet answered; the first is on its way.</summary>
    public int Count => _operations?.Count ?? 0;

    /// <summary>True when the first was sent in this retry period.</summary>
    public bool IsYoung { get; set; }

    /// <summary>The operation on its way.</summary>
    public AsyncioOperation First => _operations![0];

    public void Add(bool assign, in AsyncioDescriptor descriptor, long order, object? requester, long requestId) =>
        (_operations ??= []).Add(new AsyncioOperation(++_lastId, assign, descriptor, order, requester, requestId));

    /// <summary>True when the result of this registration is still to come.</summary>
    public bool IsWaiting(object requester, long requestId)
    {
        for (int i = 0; i < Count; i++)
        {
            var operation = _operations![i];
            if (operation.RequestId == requestId && requester.Equals(operation.Requester))
                return true;
        }

        return false;
    }

    /// <summary>Takes the answered operation out. False for an answer to something else.</summary>
    public bool TryFinish(long id, out AsyncioOperation finished)
    {
        finished = default;
        if (Count == 0 || _operations![0].Id != id)
            return false;

        finished = _operations[0];
        RemoveFirst();
        return true;
    }

    /// <summary>Takes out the first, whatever it is. False when there is none.</summary>
    public bool TryTake(out AsyncioOperation taken)
    {
        taken = default;
        if (Count == 0)
            return false;

        taken = _operations![0];
        RemoveFirst();
        return true;
    }

    /// <summary>Entries that the hypervisor holds, or may, only because their removal waits.</summary>
    public int PendingRemovals
    {
        get
        {
            int sum = 0;
            for (int i = 0; i < Count; i++)
                sum += _operations![i].Assign ? 0 : 1;
            return sum;
        }
    }

    /// <summary>
    /// A new epoch: drops what nobody waits for and numbers the rest anew. The hypervisor remembers results by number, and what it did in the old
    /// epoch it may have undone.
    /// </summary>
    public void BeginEpoch()
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            if (_operations![i].Requester is null)
                _operations.RemoveAt(i);
        }

        for (int i = 0; i < Count; i++)
            _operations![i] = _operations[i] with { Id = ++_lastId };
    }

    private void RemoveFirst()
    {
        _operations!.RemoveAt(0);
        if (_operations.Count == 0)
            _operations = null;
    }
}
