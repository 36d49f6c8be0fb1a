namespace Actors.Protocol;

/// <summary>Virtio console device: virtio 1.2 clause 5.3.</summary>
public static class VirtioConsoleSpec
{
    /// <summary>Device type.</summary>
    public const ushort DeviceType = 3;

    /// <summary>PCI device id of a legacy or transitional device.</summary>
    public const ushort TransitionalDeviceId = 0x1003;

    /// <summary>Feature: cols and rows are valid.</summary>
    public const ulong FeatureSize = 1UL << 0;

    /// <summary>Feature: more than one port, control queues.</summary>
    public const ulong FeatureMultiport = 1UL << 1;

    /// <summary>Feature: emergency write.</summary>
    public const ulong FeatureEmergencyWrite = 1UL << 2;

    /// <summary>Most ports of a device (ACRN's VIRTIO_CONSOLE_MAXPORTS).</summary>
    public const int MaxPorts = 16;

    /// <summary>Entries of each queue as offered (ACRN's VIRTIO_CONSOLE_RINGSZ).</summary>
    public const int QueueSize = 64;

    /// <summary>Config: columns, 2 bytes.</summary>
    public const int ConfigCols = 0;

    /// <summary>Config: rows, 2 bytes.</summary>
    public const int ConfigRows = 2;

    /// <summary>Config: max_nr_ports, 4 bytes.</summary>
    public const int ConfigMaxPorts = 4;

    /// <summary>Config: emerg_wr, 4 bytes, write only.</summary>
    public const int ConfigEmergencyWrite = 8;

    /// <summary>Bytes of device configuration.</summary>
    public const int ConfigSize = 12;

    /// <summary>Receive queue of port 0.</summary>
    public const int Port0Receive = 0;

    /// <summary>Transmit queue of port 0.</summary>
    public const int Port0Transmit = 1;

    /// <summary>Control receive queue.</summary>
    public const int ControlReceive = 2;

    /// <summary>Control transmit queue.</summary>
    public const int ControlTransmit = 3;

    /// <summary>Control message: id u32, event u16, value u16.</summary>
    public const int ControlSize = 8;

    /// <summary>Control id when the message concerns the device.</summary>
    public const uint BadId = 0xFFFF_FFFF;

    /// <summary>Driver: it is ready (value 1) or failed (0).</summary>
    public const ushort DeviceReady = 0;

    /// <summary>Device: a port exists.</summary>
    public const ushort DeviceAdd = 1;

    /// <summary>Device: a port is gone.</summary>
    public const ushort DeviceRemove = 2;

    /// <summary>Driver: port is ready (1) or failed (0).</summary>
    public const ushort PortReady = 3;

    /// <summary>Device: port is a console.</summary>
    public const ushort ConsolePort = 4;

    /// <summary>Device: console size; cols u16, rows u16 follow.</summary>
    public const ushort Resize = 5;

    /// <summary>Both: port opened (1) or closed (0).</summary>
    public const ushort PortOpen = 6;

    /// <summary>Device: name; its bytes follow, no terminator.</summary>
    public const ushort PortName = 7;

    /// <summary>Receive queue index of a port.</summary>
    public static int ReceiveQueueOf(int port) => port == 0 ? Port0Receive : (2 * port) + 2;

    /// <summary>Transmit queue index of a port.</summary>
    public static int TransmitQueueOf(int port) => ReceiveQueueOf(port) + 1;

    /// <summary>Queues of a device with this many ports: two a port and the control pair when multiport.</summary>
    public static int QueueCount(int maxPorts, bool multiport) => multiport ? (2 * maxPorts) + 2 : 2;
}
