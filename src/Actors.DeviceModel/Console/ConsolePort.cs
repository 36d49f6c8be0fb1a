namespace Actors.DeviceModel;

/// <summary>What the device knows of one port: who is there on either side, and how far the two streams are.</summary>
internal sealed class ConsolePort(int index, byte[] name, bool isConsole, bool isHostOpen)
{
    /// <summary>Port id.</summary>
    public int Index { get; } = index;

    /// <summary>Bytes of PORT_NAME.</summary>
    public byte[] Name { get; } = name;

    /// <summary>Whether CONSOLE_PORT is sent.</summary>
    public bool IsConsole { get; } = isConsole;

    /// <summary>False when the host side took the port away.</summary>
    public bool IsPlugged { get; set; } = true;

    /// <summary>Somebody is at the backend's end.</summary>
    public bool IsHostOpen { get; set; } = isHostOpen;

    /// <summary>The backend's input has ended for good.</summary>
    public bool IsOver { get; set; }

    /// <summary>The guest was told of the port (DEVICE_ADD sent, no DEVICE_REMOVE since).</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>The guest sent PORT_READY(1).</summary>
    public bool IsGuestReady { get; set; }

    /// <summary>The guest's last PORT_OPEN.</summary>
    public bool IsGuestOpen { get; set; }

    /// <summary>Size to tell a console, or null while unknown.</summary>
    public (ushort Cols, ushort Rows)? Size { get; set; }

    /// <summary>Control messages to send.</summary>
    public ControlEvents Pending { get; set; }

    /// <summary>The port's epoch: rises with each reset of the device or of the transmit queue.</summary>
    public uint Epoch { get; set; } = 1;

    /// <summary>Latest revision of the port's status.</summary>
    public ulong Revision { get; set; }

    /// <summary>Latest change of the backend's open state.</summary>
    public uint OpenChange { get; set; }

    /// <summary>The port has answered to this incarnation of the device. Until then it is neither sent to nor listened to.</summary>
    public bool IsAttached { get; set; } = true;

    /// <summary>Where its streams are was lost with a record: the port says it when it answers, and begins a new epoch.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Where its output is, as last told.</summary>
    public PortCounts Counts { get; set; } = new() { At = -1 };

    /// <summary>The epoch that the port was in then.</summary>
    public uint CountsEpoch { get; set; } = 1;

    /// <summary>Restarts of the port as last told.</summary>
    public int Lives { get; set; }

    /// <summary>The latest epoch of which the port has said that it is in it.</summary>
    public uint EpochSeen { get; set; } = 1;

    /// <summary>Grants sent since the port last answered.</summary>
    public int Unanswered { get; set; }

    /// <summary>The latest grant waits for an answer to earlier ones.</summary>
    public bool IsGrantDue { get; set; }

    /// <summary>Guest to backend.</summary>
    public ConsoleTransmit Transmit { get; } = new();

    /// <summary>Backend to guest.</summary>
    public ConsoleReceive Receive { get; } = new();
}

/// <summary>Control messages that wait for a buffer, at most one of each kind a port: the last state wins. Sent from the lowest bit up.</summary>
[Flags]
internal enum ControlEvents : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>DEVICE_REMOVE.</summary>
    Remove = 1,

    /// <summary>DEVICE_ADD.</summary>
    Add = 2,

    /// <summary>CONSOLE_PORT.</summary>
    Console = 4,

    /// <summary>PORT_NAME.</summary>
    Name = 8,

    /// <summary>PORT_OPEN with the state at the time of sending.</summary>
    Open = 16,

    /// <summary>RESIZE with the size at the time of sending.</summary>
    Resize = 32,
}
