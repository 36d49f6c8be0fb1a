using System.Diagnostics.CodeAnalysis;

namespace Actors.TestKit;

/// <summary>What a test wants of one machine's guest, and what became of it: between the test and the vCPUs that take the orders.</summary>
internal sealed class GuestLine(Recording recording)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Queue<GuestOrder>> _orders = [];
    private readonly Dictionary<int, GuestOrder> _current = [];

    /// <summary>Times that the guest came up.</summary>
    public int Boots { get; private set; }

    /// <summary>Why the guest didn't come up, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether the guest wrote into its rings what no driver writes.</summary>
    public bool IsHostile { get; set; }

    /// <summary>Orders that nobody has finished.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
                return _orders.Values.Sum(queue => queue.Count) + _current.Count;
        }
    }

    /// <summary>The order that a vCPU works on, or null.</summary>
    public GuestOrder? Current(int vcpu)
    {
        lock (_lock)
            return _current.GetValueOrDefault(vcpu);
    }

    /// <summary>Puts an order at the end of a vCPU's.</summary>
    public void Post(int vcpu, GuestOrder order)
    {
        lock (_lock)
        {
            if (!_orders.TryGetValue(vcpu, out var queue))
                _orders.Add(vcpu, queue = []);
            queue.Enqueue(order);
        }
    }

    /// <summary>Takes the next order of a vCPU.</summary>
    public bool TryTake(int vcpu, [NotNullWhen(true)] out GuestOrder? order)
    {
        lock (_lock)
        {
            if (_orders.TryGetValue(vcpu, out var queue) && queue.TryDequeue(out order))
            {
                _current[vcpu] = order;
                return true;
            }

            order = null;
            return false;
        }
    }

    /// <summary>A vCPU is through with an order.</summary>
    public void Done(int vcpu, GuestOrder order, Exception? failure)
    {
        lock (_lock)
            _current.Remove(vcpu);
        order.End(failure);
        recording.Pulse();
    }

    /// <summary>The guest is up, for the first time or after a reset: what an earlier life of it worked on is lost with it.</summary>
    public void Up(string? problem)
    {
        lock (_lock)
        {
            foreach (var lost in _current.Values)
                lost.End(null);
            _current.Clear();
            Problem = problem;
            Boots++;
        }

        recording.Pulse();
    }
}
