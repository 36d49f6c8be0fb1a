namespace Actors.DeviceModel;

/// <summary>What the transport does for its device.</summary>
internal interface IVirtioHost
{
    /// <summary>Features that the driver accepted, frozen by FEATURES_OK (legacy: as last written).</summary>
    ulong NegotiatedFeatures { get; }

    /// <summary>True from DRIVER_OK until reset, FAILED or <see cref="Fail"/>, while the function is a bus master. Only then may RAM be touched.</summary>
    bool IsActive { get; }

    /// <summary>The device's epoch: rises with each reset. What belongs to an earlier one is dropped.</summary>
    uint Epoch { get; }

    /// <summary>A queue; <see cref="Virtqueue.IsReady"/> says whether the driver set it up.</summary>
    Virtqueue Queue(int index);

    /// <summary>After pushing used chains: interrupts the driver when the ring's rule asks for it (clause 2.7.7).</summary>
    void SignalUsed(Virtqueue queue);

    /// <summary>Configuration changed: generation + 1 and, when active, a configuration interrupt.</summary>
    void SignalConfigChange();

    /// <summary>The guest broke the device (reaction R3): NEEDS_RESET, all queues stop, configuration interrupt if DRIVER_OK, one guest-fault report; inert until reset.</summary>
    void Fail(GuestFault fault);
}
