namespace Actors.DeviceModel;

/// <summary>One split virtqueue as its device sees it (virtio 1.2 clause 2.7).</summary>
internal sealed class Virtqueue(int index)
{
    /// <summary>Index within the device.</summary>
    public int Index { get; } = index;

    /// <summary>True when the driver set the queue up and it is not reset.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Stops the queue.</summary>
    public void Reset() => IsReady = false;
}
