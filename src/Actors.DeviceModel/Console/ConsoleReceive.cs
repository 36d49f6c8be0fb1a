namespace Actors.DeviceModel;

/// <summary>
/// A port's receive side: chains taken from the queue, whose room is what the port may send. An idle console holds room for one small input; a
/// stream doubles what is held with each input that used all of it.
/// </summary>
internal sealed class ConsoleReceive
{
    private const int FirstTarget = 1024;

    private Queue<HeldChain>? _chains;
    private int _target = FirstTarget;

    /// <summary>Bytes of room in the chains held.</summary>
    public long Capacity { get; private set; }

    /// <summary>Position before which the guest has all input; goes on over resets.</summary>
    public long Delivered { get; private set; }

    /// <summary>Number of the last grant.</summary>
    public uint Grant { get; private set; }

    /// <summary>What the last grant allowed and was not used yet.</summary>
    public int Granted { get; private set; }

    /// <summary>Latest grant that the port has seen.</summary>
    public uint GrantSeen { get; set; }

    /// <summary>True while more chains are to be taken.</summary>
    public bool WantsMore => Capacity < _target;

    /// <summary>Chains held.</summary>
    public int Chains => _chains?.Count ?? 0;

    /// <summary>Keeps a chain. One that can't take input goes back empty when its turn comes: chains are used in the order in which they were taken, which is what a restart relies on.</summary>
    public void Hold(DescriptorChain chain, bool isUsable)
    {
        var room = isUsable ? (int)Math.Min(chain.WritableLeft, PortInput.MaxHeld) : 0;
        (_chains ??= new Queue<HeldChain>()).Enqueue(new HeldChain(chain, room));
        Capacity += room;
    }

    /// <summary>The next chain, if it can't take input.</summary>
    public bool TryTakeUnusable(out DescriptorChain chain)
    {
        if (_chains is { Count: > 0 } && _chains.Peek().Room == 0)
        {
            chain = _chains.Dequeue().Chain;
            return true;
        }

        chain = null!;
        return false;
    }

    /// <summary>A restart: the guest has everything before this position, and no grant before this one counts.</summary>
    public void Restore(long delivered, uint grant)
    {
        Delivered = delivered;
        Grant = grant;
        GrantSeen = grant;
    }

    /// <summary>The port knows of a later grant than the record does.</summary>
    public void Adopt(uint grant)
    {
        Grant = Math.Max(Grant, grant);
        GrantSeen = Grant;
    }

    /// <summary>Numbers a grant of this many bytes.</summary>
    public void BeginGrant(int credit)
    {
        Grant++;
        Granted = credit;
    }

    /// <summary>The grant is used. Adapts to what came.</summary>
    public void EndGrant(int received)
    {
        if (received >= Granted && Granted > 0)
            _target = Math.Min(_target * 2, PortInput.MaxHeld);
        else if (received < _target / 4)
            _target = Math.Max(_target / 2, FirstTarget);
        Granted = 0;
    }

    /// <summary>Writes input into the first chain, as much as it takes; and gives the chain, to be pushed. -1: memory refused.</summary>
    public int Deliver(ReadOnlySpan<byte> input, out DescriptorChain? filled)
    {
        filled = null;
        if (_chains is not { Count: > 0 })
            return 0;
        var (chain, room) = _chains.Peek();
        var count = chain.Write(input[..Math.Min(input.Length, room)]);
        if (count < 0)
            return -1;
        Delivered += count;

        // A chain goes back with whatever it got: input waits for nobody.
        Capacity -= room;
        filled = _chains.Dequeue().Chain;
        return count;
    }

    /// <summary>Chains are gone (queue or device reset); what was delivered stays delivered.</summary>
    public void Reset()
    {
        _chains = null;
        Capacity = 0;
        Granted = 0;
        _target = FirstTarget;
    }

    private readonly record struct HeldChain(DescriptorChain Chain, int Room);
}
