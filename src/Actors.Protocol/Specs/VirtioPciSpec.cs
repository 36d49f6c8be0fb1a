namespace Actors.Protocol;

/// <summary>Virtio over PCI: modern registers (virtio 1.2 clause 4.1.4), legacy registers (4.1.4.10).</summary>
public static class VirtioPciSpec
{
    /// <summary>Capability cfg_type: common configuration.</summary>
    public const byte CapabilityCommon = 1;

    /// <summary>Capability cfg_type: notifications.</summary>
    public const byte CapabilityNotify = 2;

    /// <summary>Capability cfg_type: interrupt status.</summary>
    public const byte CapabilityIsr = 3;

    /// <summary>Capability cfg_type: device configuration.</summary>
    public const byte CapabilityDevice = 4;

    /// <summary>Capability cfg_type: access through configuration space.</summary>
    public const byte CapabilityPciConfig = 5;

    /// <summary>Capability: cfg_type, 1 byte.</summary>
    public const int CapType = 3;

    /// <summary>Capability: BAR, 1 byte.</summary>
    public const int CapBar = 4;

    /// <summary>Capability: offset in the BAR, 4 bytes.</summary>
    public const int CapOffset = 8;

    /// <summary>Capability: length, 4 bytes.</summary>
    public const int CapLength = 12;

    /// <summary>Notify capability: multiplier, 4 bytes. PCI_CFG capability: data window, 4 bytes.</summary>
    public const int CapExtra = 16;

    /// <summary>Common: device_feature_select, 4.</summary>
    public const int DeviceFeatureSelect = 0;

    /// <summary>Common: device_feature, 4, read only.</summary>
    public const int DeviceFeature = 4;

    /// <summary>Common: driver_feature_select, 4.</summary>
    public const int DriverFeatureSelect = 8;

    /// <summary>Common: driver_feature, 4.</summary>
    public const int DriverFeature = 12;

    /// <summary>Common: config_msix_vector, 2.</summary>
    public const int ConfigMsixVector = 16;

    /// <summary>Common: num_queues, 2, read only.</summary>
    public const int NumQueues = 18;

    /// <summary>Common: device_status, 1.</summary>
    public const int DeviceStatus = 20;

    /// <summary>Common: config_generation, 1, read only.</summary>
    public const int ConfigGeneration = 21;

    /// <summary>Common: queue_select, 2.</summary>
    public const int QueueSelect = 22;

    /// <summary>Common: queue_size, 2.</summary>
    public const int QueueSize = 24;

    /// <summary>Common: queue_msix_vector, 2.</summary>
    public const int QueueMsixVector = 26;

    /// <summary>Common: queue_enable, 2.</summary>
    public const int QueueEnable = 28;

    /// <summary>Common: queue_notify_off, 2, read only.</summary>
    public const int QueueNotifyOff = 30;

    /// <summary>Common: queue_desc, 8 (two halves).</summary>
    public const int QueueDesc = 32;

    /// <summary>Common: queue_driver (available ring), 8.</summary>
    public const int QueueDriver = 40;

    /// <summary>Common: queue_device (used ring), 8.</summary>
    public const int QueueDevice = 48;

    /// <summary>Common: queue_notify_data, 2, read only.</summary>
    public const int QueueNotifyData = 56;

    /// <summary>Common: queue_reset, 2.</summary>
    public const int QueueReset = 58;

    /// <summary>Bytes of the common configuration with queue_reset.</summary>
    public const int CommonSize = 60;

    /// <summary>No MSI-X vector.</summary>
    public const ushort NoVector = 0xFFFF;

    /// <summary>ISR: a queue was used.</summary>
    public const byte IsrQueue = 1;

    /// <summary>ISR: configuration changed.</summary>
    public const byte IsrConfig = 2;

    /// <summary>Modern BAR index.</summary>
    public const int ModernBar = 4;

    /// <summary>Modern BAR bytes.</summary>
    public const int ModernBarSize = 0x4000;

    /// <summary>Common configuration in the modern BAR.</summary>
    public const int CommonOffset = 0x0000;

    /// <summary>ISR in the modern BAR.</summary>
    public const int IsrOffset = 0x1000;

    /// <summary>Device configuration in the modern BAR.</summary>
    public const int DeviceOffset = 0x2000;

    /// <summary>Notifications in the modern BAR.</summary>
    public const int NotifyOffset = 0x3000;

    /// <summary>Bytes between two queues' notify addresses.</summary>
    public const int NotifyMultiplier = 4;

    /// <summary>MSI-X BAR index.</summary>
    public const int MsixBar = 1;

    /// <summary>Legacy BAR index (I/O).</summary>
    public const int LegacyBar = 0;

    /// <summary>Legacy: host features, 4, read only.</summary>
    public const int LegacyHostFeatures = 0x00;

    /// <summary>Legacy: guest features, 4.</summary>
    public const int LegacyGuestFeatures = 0x04;

    /// <summary>Legacy: queue page frame number, 4.</summary>
    public const int LegacyQueuePfn = 0x08;

    /// <summary>Legacy: queue size, 2, read only.</summary>
    public const int LegacyQueueSize = 0x0C;

    /// <summary>Legacy: queue select, 2.</summary>
    public const int LegacyQueueSelect = 0x0E;

    /// <summary>Legacy: queue notify, 2.</summary>
    public const int LegacyQueueNotify = 0x10;

    /// <summary>Legacy: status, 1.</summary>
    public const int LegacyStatus = 0x12;

    /// <summary>Legacy: ISR, 1.</summary>
    public const int LegacyIsr = 0x13;

    /// <summary>Legacy, MSI-X enabled: config vector, 2.</summary>
    public const int LegacyConfigVector = 0x14;

    /// <summary>Legacy, MSI-X enabled: queue vector, 2.</summary>
    public const int LegacyQueueVector = 0x16;

    /// <summary>Legacy: device configuration without MSI-X.</summary>
    public const int LegacyDeviceConfig = 0x14;

    /// <summary>Legacy: device configuration with MSI-X.</summary>
    public const int LegacyDeviceConfigMsix = 0x18;

    /// <summary>Legacy: bytes of a page in the page frame number.</summary>
    public const int LegacyPageSize = 4096;
}
