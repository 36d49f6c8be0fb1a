namespace Actors.Protocol;

/// <summary>PCI configuration space: PCI Local Bus 3.0 chapter 6, MSI-X 6.8.2.</summary>
public static class PciSpec
{
    /// <summary>Bytes of conventional configuration space.</summary>
    public const int ConfigSize = 256;

    /// <summary>Bytes of extended configuration space.</summary>
    public const int ExtendedConfigSize = 4096;

    /// <summary>Slots of a bus.</summary>
    public const int Slots = 32;

    /// <summary>Functions of a slot.</summary>
    public const int Functions = 8;

    /// <summary>BARs of a type 0 header.</summary>
    public const int Bars = 6;

    /// <summary>Vendor id, 2 bytes.</summary>
    public const int VendorId = 0x00;

    /// <summary>Device id, 2 bytes.</summary>
    public const int DeviceId = 0x02;

    /// <summary>Command, 2 bytes.</summary>
    public const int Command = 0x04;

    /// <summary>Status, 2 bytes.</summary>
    public const int Status = 0x06;

    /// <summary>Revision, 1 byte.</summary>
    public const int Revision = 0x08;

    /// <summary>Programming interface, sub-class, class: 3 bytes.</summary>
    public const int ClassCode = 0x09;

    /// <summary>Header type, 1 byte; bit 7 multi-function.</summary>
    public const int HeaderType = 0x0E;

    /// <summary>First BAR, 4 bytes each.</summary>
    public const int Bar0 = 0x10;

    /// <summary>Subsystem vendor id, 2 bytes.</summary>
    public const int SubsystemVendorId = 0x2C;

    /// <summary>Subsystem id, 2 bytes.</summary>
    public const int SubsystemId = 0x2E;

    /// <summary>Expansion ROM BAR, 4 bytes.</summary>
    public const int RomBar = 0x30;

    /// <summary>First capability's offset, 1 byte.</summary>
    public const int CapabilityPointer = 0x34;

    /// <summary>Interrupt line, 1 byte, a scratch register of software.</summary>
    public const int InterruptLine = 0x3C;

    /// <summary>Interrupt pin, 1 byte: 0 none, 1-4 A-D.</summary>
    public const int InterruptPin = 0x3D;

    /// <summary>Command: I/O decode.</summary>
    public const ushort CommandIo = 1 << 0;

    /// <summary>Command: memory decode.</summary>
    public const ushort CommandMemory = 1 << 1;

    /// <summary>Command: bus master; a function without it may not touch RAM nor send MSIs.</summary>
    public const ushort CommandBusMaster = 1 << 2;

    /// <summary>Command: INTx disabled.</summary>
    public const ushort CommandIntxDisable = 1 << 10;

    /// <summary>Command bits that software may change: 0-6 and 8-10.</summary>
    public const ushort CommandWritable = 0x077F;

    /// <summary>Status: INTx is asserted.</summary>
    public const ushort StatusInterrupt = 1 << 3;

    /// <summary>Status: capability list present.</summary>
    public const ushort StatusCapabilities = 1 << 4;

    /// <summary>Capability id: MSI.</summary>
    public const byte CapabilityMsi = 0x05;

    /// <summary>Capability id: vendor specific.</summary>
    public const byte CapabilityVendor = 0x09;

    /// <summary>Capability id: MSI-X.</summary>
    public const byte CapabilityMsix = 0x11;

    /// <summary>MSI-X message control, from the capability: bits 10:0 table size - 1, 14 function mask, 15 enable.</summary>
    public const int MsixControl = 2;

    /// <summary>MSI-X table offset and BIR, from the capability.</summary>
    public const int MsixTable = 4;

    /// <summary>MSI-X PBA offset and BIR, from the capability.</summary>
    public const int MsixPba = 8;

    /// <summary>MSI-X control: function mask.</summary>
    public const ushort MsixFunctionMask = 1 << 14;

    /// <summary>MSI-X control: enable.</summary>
    public const ushort MsixEnable = 1 << 15;

    /// <summary>Bytes of an MSI-X table entry: address low, address high, data, vector control.</summary>
    public const int MsixEntrySize = 16;

    /// <summary>MSI-X vector control: masked.</summary>
    public const uint MsixEntryMasked = 1;

    /// <summary>BAR bit 0: I/O space.</summary>
    public const uint BarIo = 1;

    /// <summary>BAR bits 2:1 = 2: 64-bit memory.</summary>
    public const uint BarMemory64 = 4;

    /// <summary>BAR bit 3: prefetchable.</summary>
    public const uint BarPrefetchable = 8;
}
