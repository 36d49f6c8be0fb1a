namespace Actors.DeviceModel;

/// <summary>What came of <see cref="Virtqueue.TryPop"/>.</summary>
internal enum VirtqueuePop
{
    /// <summary>Nothing is available (or the queue isn't ready).</summary>
    Empty,

    /// <summary>A chain, checked as a whole.</summary>
    Chain,

    /// <summary>The guest broke the ring: hand the fault to <see cref="IVirtioHost.Fail"/>. Nothing was consumed.</summary>
    Broken,
}
