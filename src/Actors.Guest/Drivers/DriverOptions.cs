namespace Actors.Guest;

/// <summary>What a guest's drivers do where they have a choice.</summary>
public sealed record DriverOptions
{
    /// <summary>Drive a transitional device through its legacy interface.</summary>
    public bool PreferLegacy { get; init; }

    /// <summary>Use MSI-X where the device has it; else its interrupt line.</summary>
    public bool UseMsix { get; init; } = true;

    /// <summary>Reach configuration space through memory rather than ports.</summary>
    public bool UseEcam { get; init; } = true;

    /// <summary>Accept INDIRECT_DESC, and use it for chains of several segments.</summary>
    public bool IndirectDescriptors { get; init; } = true;

    /// <summary>Accept EVENT_IDX.</summary>
    public bool EventIndex { get; init; } = true;

    /// <summary>Give each queue an MSI-X entry of its own, where the table is large enough; such a queue can interrupt any processor.</summary>
    public bool VectorPerQueue { get; init; }

    /// <summary>Stop looking for devices at the first console.</summary>
    public bool FirstConsoleOnly { get; init; }

    /// <summary>Find out the sizes of all BARs at boot.</summary>
    public bool SizeBars { get; init; }

    /// <summary>Entries of a queue; 0: as many as the device offers. A legacy device's can't be changed.</summary>
    public int QueueSize { get; init; }

    /// <summary>Ports whose queues are set up; a port beyond is answered as failed.</summary>
    public int MaxPorts { get; init; } = 16;

    /// <summary>Buffers for control messages from the device.</summary>
    public int ControlBuffers { get; init; } = 16;

    /// <summary>Receive buffers of an open port.</summary>
    public int ReceiveBuffers { get; init; } = 4;

    /// <summary>Bytes of a receive buffer.</summary>
    public int ReceiveBufferSize { get; init; } = 1024;

    /// <summary>Buffers that a port's writes are copied to.</summary>
    public int TransmitBuffers { get; init; } = 4;

    /// <summary>Bytes of such a buffer.</summary>
    public int TransmitBufferSize { get; init; } = 1024;
}
