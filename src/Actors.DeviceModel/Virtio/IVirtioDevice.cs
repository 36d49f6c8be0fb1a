namespace Actors.DeviceModel;

/// <summary>
/// A virtio device behind the transport: what differs between a console and a disk. Called by the transport only, on the device actor's
/// thread, and only with arguments that the transport has checked. A device keeps no Akka type: its effects leave through
/// <see cref="IVirtioHost"/> and through the interfaces that it was built with.
/// </summary>
internal interface IVirtioDevice
{
    /// <summary>Virtio device type (virtio 1.2 clause 5).</summary>
    ushort DeviceType { get; }

    /// <summary>PCI class: base class 23:16, sub-class 15:8, programming interface 7:0.</summary>
    uint ClassCode { get; }

    /// <summary>Device-specific feature bits offered. The transport adds ring features and VERSION_1.</summary>
    ulong Features { get; }

    /// <summary>Queues as configured.</summary>
    int QueueCount { get; }

    /// <summary>Bytes of device configuration.</summary>
    int ConfigLength { get; }

    /// <summary>Largest size of a queue, a power of two. 0: not available (clause 4.1.4.3.1).</summary>
    /// <param name="queue">Which, below <see cref="QueueCount"/>.</param>
    /// <param name="features">The features in effect: those offered until the driver has negotiated, then those it accepted.</param>
    int QueueSizeOf(int queue, ulong features);

    /// <summary>Reads configuration; the range is within <see cref="ConfigLength"/>.</summary>
    void ReadConfig(int offset, Span<byte> destination);

    /// <summary>Writes configuration; the range is within <see cref="ConfigLength"/>. Comes in any status, also before negotiation (emergency write).</summary>
    void WriteConfig(int offset, ReadOnlySpan<byte> source);

    /// <summary>
    /// DRIVER_OK was set: features are frozen and queues may be processed. Kicks before it were ignored, so look at every queue. Called again when a
    /// queue became usable after DRIVER_OK (legacy; or enabled again after its reset) or bus mastering came back.
    /// </summary>
    void Activate(IVirtioHost host);

    /// <summary>A kick of a queue that exists, is ready, and belongs to an active, unbroken device.</summary>
    void Notify(int queue);

    /// <summary>The queue was reset alone (RING_RESET; legacy: page frame number 0): forget every chain taken from it.</summary>
    void QueueReset(int queue);

    /// <summary>Status 0, or the machine's reset: forget everything of the epoch that ends. No effect of it may leave afterwards.</summary>
    void Reset();
}
