namespace Actors.Protocol;

/// <summary>Virtio core: status (virtio 1.2 clause 2.1), features (2.2, 6), split virtqueue layout (2.7).</summary>
public static class VirtioSpec
{
    /// <summary>PCI vendor id.</summary>
    public const ushort PciVendor = 0x1AF4;

    /// <summary>PCI device id of a modern device is this plus the device type.</summary>
    public const ushort ModernDeviceIdBase = 0x1040;

    /// <summary>Status: the guest noticed the device.</summary>
    public const byte StatusAcknowledge = 1;

    /// <summary>Status: the guest has a driver.</summary>
    public const byte StatusDriver = 2;

    /// <summary>Status: the driver is ready.</summary>
    public const byte StatusDriverOk = 4;

    /// <summary>Status: negotiation is complete.</summary>
    public const byte StatusFeaturesOk = 8;

    /// <summary>Status: the device is broken until reset.</summary>
    public const byte StatusNeedsReset = 64;

    /// <summary>Status: the guest gave up.</summary>
    public const byte StatusFailed = 128;

    /// <summary>Feature: interrupt when the available ring runs empty (legacy).</summary>
    public const ulong FeatureNotifyOnEmpty = 1UL << 24;

    /// <summary>Feature: arbitrary descriptor layouts (legacy).</summary>
    public const ulong FeatureAnyLayout = 1UL << 27;

    /// <summary>Feature: indirect descriptors.</summary>
    public const ulong FeatureIndirectDescriptors = 1UL << 28;

    /// <summary>Feature: event index.</summary>
    public const ulong FeatureEventIndex = 1UL << 29;

    /// <summary>Feature: virtio 1.x.</summary>
    public const ulong FeatureVersion1 = 1UL << 32;

    /// <summary>Feature: reset of single queues.</summary>
    public const ulong FeatureRingReset = 1UL << 40;

    /// <summary>Largest queue size.</summary>
    public const int MaxQueueSize = 32768;

    /// <summary>Bytes of a descriptor: address u64, length u32, flags u16, next u16.</summary>
    public const int DescriptorSize = 16;

    /// <summary>Descriptor flag: another follows.</summary>
    public const ushort DescriptorNext = 1;

    /// <summary>Descriptor flag: the device writes.</summary>
    public const ushort DescriptorWrite = 2;

    /// <summary>Descriptor flag: the buffer holds a descriptor table.</summary>
    public const ushort DescriptorIndirect = 4;

    /// <summary>Available ring: flags u16, index u16, ring u16[n], used_event u16.</summary>
    public const int AvailFlags = 0;

    /// <summary>Offset of the available index.</summary>
    public const int AvailIndex = 2;

    /// <summary>Offset of the available ring's entries.</summary>
    public const int AvailRing = 4;

    /// <summary>Available flag: the driver wants no interrupts.</summary>
    public const ushort AvailNoInterrupt = 1;

    /// <summary>Used ring: flags u16, index u16, {id u32, len u32}[n], avail_event u16.</summary>
    public const int UsedFlags = 0;

    /// <summary>Offset of the used index.</summary>
    public const int UsedIndex = 2;

    /// <summary>Offset of the used ring's entries.</summary>
    public const int UsedRing = 4;

    /// <summary>Bytes of a used ring entry.</summary>
    public const int UsedElementSize = 8;

    /// <summary>Used flag: the device wants no kicks.</summary>
    public const ushort UsedNoNotify = 1;

    /// <summary>Alignment of the used ring in the legacy layout.</summary>
    public const int LegacyAlignment = 4096;

    /// <summary>Bytes of the descriptor table.</summary>
    public static int DescriptorTableBytes(int queueSize) => DescriptorSize * queueSize;

    /// <summary>Bytes of the available ring with used_event.</summary>
    public static int AvailBytes(int queueSize) => 6 + (2 * queueSize);

    /// <summary>Bytes of the used ring with avail_event.</summary>
    public static int UsedBytes(int queueSize) => 6 + (8 * queueSize);
}
