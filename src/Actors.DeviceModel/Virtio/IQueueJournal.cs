namespace Actors.DeviceModel;

/// <summary>Takes note of used chains before their driver can see that they are used.</summary>
internal interface IQueueJournal
{
    /// <summary>
    /// A used element is written and the queue's own used index counts it; the index in memory follows when this returns. Noted in this order a crash can't leave a
    /// driver that knows of more than the record: an element without its index is written again with the same content, an index that didn't get to memory is
    /// written by <see cref="Virtqueue.TryRestore"/>'s queue, and nothing is ever read back from the used ring, which the guest may have changed.
    /// </summary>
    void Commit(Virtqueue queue);
}
