namespace Actors.Protocol;

/// <summary>What kind of access an I/O request carries. The numbers are the ABI's (acrn-io-path 1.3).</summary>
public enum IoRequestType : byte
{
    /// <summary>x86 port I/O; sizes 1, 2, 4; address is the 16-bit port.</summary>
    PortIo = 0,

    /// <summary>Memory-mapped I/O; sizes 1, 2, 4, 8; address is guest-physical.</summary>
    Mmio = 1,

    /// <summary>PCI configuration space; address is a <see cref="PciConfigAddress"/>.</summary>
    PciConfig = 2,

    /// <summary>A write to a write-protected page.</summary>
    WriteProtect = 3,
}
