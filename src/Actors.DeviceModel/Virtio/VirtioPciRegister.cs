using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>What a trace calls the registers of a virtio PCI function: the specification's names. Constants, so naming one costs nothing but the look-up.</summary>
internal static class VirtioPciRegister
{
    /// <summary>The name of the register at an offset of a BAR, or null when nothing is there.</summary>
    /// <param name="bar">BAR index.</param>
    /// <param name="offset">Offset in the BAR.</param>
    /// <param name="isMsixEnabled">Where legacy device configuration begins depends on it.</param>
    public static string? NameOf(int bar, ulong offset, bool isMsixEnabled) => bar switch
    {
        VirtioPciSpec.LegacyBar => NameOfLegacy(offset, isMsixEnabled),
        VirtioPciSpec.MsixBar => "msix",
        VirtioPciSpec.ModernBar => NameOfModern(offset),
        _ => null,
    };

    private static string? NameOfLegacy(ulong offset, bool isMsixEnabled) => offset switch
    {
        VirtioPciSpec.LegacyHostFeatures => "host_features",
        VirtioPciSpec.LegacyGuestFeatures => "guest_features",
        VirtioPciSpec.LegacyQueuePfn => "queue_pfn",
        VirtioPciSpec.LegacyQueueSize => "queue_num",
        VirtioPciSpec.LegacyQueueSelect => "queue_sel",
        VirtioPciSpec.LegacyQueueNotify => "queue_notify",
        VirtioPciSpec.LegacyStatus => "status",
        VirtioPciSpec.LegacyIsr => "isr",
        VirtioPciSpec.LegacyConfigVector when isMsixEnabled => "config_vector",
        VirtioPciSpec.LegacyQueueVector when isMsixEnabled => "queue_vector",
        >= VirtioPciSpec.LegacyDeviceConfigMsix => "device_config",
        >= VirtioPciSpec.LegacyDeviceConfig when !isMsixEnabled => "device_config",
        _ => null,
    };

    private static string? NameOfModern(ulong offset) => offset switch
    {
        >= VirtioPciSpec.NotifyOffset => "queue_notify",
        >= VirtioPciSpec.DeviceOffset => "device_config",
        VirtioPciSpec.IsrOffset => "isr",
        VirtioPciSpec.DeviceFeatureSelect => "device_feature_select",
        VirtioPciSpec.DeviceFeature => "device_feature",
        VirtioPciSpec.DriverFeatureSelect => "driver_feature_select",
        VirtioPciSpec.DriverFeature => "driver_feature",
        VirtioPciSpec.ConfigMsixVector => "config_msix_vector",
        VirtioPciSpec.NumQueues => "num_queues",
        VirtioPciSpec.DeviceStatus => "device_status",
        VirtioPciSpec.ConfigGeneration => "config_generation",
        VirtioPciSpec.QueueSelect => "queue_select",
        VirtioPciSpec.QueueSize => "queue_size",
        VirtioPciSpec.QueueMsixVector => "queue_msix_vector",
        VirtioPciSpec.QueueEnable => "queue_enable",
        VirtioPciSpec.QueueNotifyOff => "queue_notify_off",
        VirtioPciSpec.QueueDesc or VirtioPciSpec.QueueDesc + 4 => "queue_desc",
        VirtioPciSpec.QueueDriver or VirtioPciSpec.QueueDriver + 4 => "queue_driver",
        VirtioPciSpec.QueueDevice or VirtioPciSpec.QueueDevice + 4 => "queue_device",
        VirtioPciSpec.QueueNotifyData => "queue_notify_data",
        VirtioPciSpec.QueueReset => "queue_reset",
        _ => null,
    };
}
