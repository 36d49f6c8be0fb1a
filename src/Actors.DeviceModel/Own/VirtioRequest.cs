namespace Actors.DeviceModel;

/// <summary>
/// A request that a driver made available to a user's virtio device: a descriptor chain, checked as a whole when it was taken (virtio 1.2 clause 2.7.4), of which the device first reads what is
/// readable and then writes what is writable, whatever the framing. After <see cref="Complete"/>, or a reset of the device or queue, nothing can be done with it any more: reads and writes
/// give 0.
/// </summary>
public sealed class VirtioRequest
{
    private readonly OwnVirtioCore _core;
    private readonly DescriptorChain _chain;

    internal VirtioRequest(OwnVirtioCore core, int queue, DescriptorChain chain)
    {
        _core = core;
        _chain = chain;
        Queue = queue;
    }

    /// <summary>Index of its queue.</summary>
    public int Queue { get; }

    /// <summary>Bytes that the device may read and hasn't.</summary>
    public long ReadableLeft => IsOpen ? (long)_chain.ReadableLeft : 0;

    /// <summary>Bytes that the device may write and hasn't.</summary>
    public long WritableLeft => IsOpen ? (long)_chain.WritableLeft : 0;

    /// <summary>Whether it was completed.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What the device is to keep when this is used.</summary>
    internal byte[] State { get; private set; } = [];

    /// <summary>The chain.</summary>
    internal DescriptorChain Chain => _chain;

    /// <summary>The device or the queue was reset.</summary>
    internal bool IsWorthless { get; set; }

    private bool IsOpen => !IsDone && !IsWorthless && _core.Has(Queue, _chain);

    /// <summary>Reads on. Gives the count: less than asked where the readable part ends.</summary>
    /// <param name="destination">Where to.</param>
    /// <exception cref="InvalidOperationException">The device isn't in a callback.</exception>
    public int Read(Span<byte> destination)
    {
        _core.ThrowIfElsewhere();
        return IsOpen ? _core.Checked(Queue, _chain.Read(destination)) : 0;
    }

    /// <summary>Writes on. Gives the count: less than asked where the writable part ends.</summary>
    /// <param name="source">What.</param>
    /// <exception cref="InvalidOperationException">The device isn't in a callback.</exception>
    public int Write(ReadOnlySpan<byte> source)
    {
        _core.ThrowIfElsewhere();
        return IsOpen ? _core.Checked(Queue, _chain.Write(source)) : 0;
    }

    /// <summary>
    /// Gives it back to the driver with as many bytes as were written; the driver is interrupted as its ring asks (clauses 2.7.7, 2.7.8). It gets there when the callback is over and every
    /// request of the queue that was taken before it is complete: requests come back in the order in which they were taken.
    /// </summary>
    /// <exception cref="InvalidOperationException">The device isn't in a callback, or it was completed before.</exception>
    public void Complete()
    {
        _core.ThrowIfElsewhere();
        if (IsWorthless)
            return;
        if (IsDone)
            throw new InvalidOperationException("The request was completed before.");
        IsDone = true;
        State = _core.StateNow();
    }
}
