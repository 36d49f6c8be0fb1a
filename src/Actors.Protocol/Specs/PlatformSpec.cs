namespace Actors.Protocol;

/// <summary>The machine that a guest sees: fixed ports and addresses (acrn-io-path 3.3, 3.6, 7). A guest has no firmware: it knows these numbers.</summary>
public static class PlatformSpec
{
    /// <summary>PCI configuration address port, 4 bytes.</summary>
    public const ushort PciConfigAddressPort = 0xCF8;

    /// <summary>First of four PCI configuration data ports.</summary>
    public const ushort PciConfigDataPort = 0xCFC;

    /// <summary>Reset control register, 1 byte: bit 1 system reset type, bit 2 do it, bit 3 full reset.</summary>
    public const ushort ResetControlPort = 0xCF9;

    /// <summary>Keyboard controller command port; 0xFE resets the machine.</summary>
    public const ushort KeyboardControllerPort = 0x64;

    /// <summary>PM1a control, 2 bytes: SLP_EN bit 13, SLP_TYP 12:10.</summary>
    public const ushort Pm1aControlPort = 0x404;

    /// <summary>Value for <see cref="Pm1aControlPort"/> that powers the machine off (S5).</summary>
    public const ushort PowerOffValue = 0x2000 | (5 << 10);

    /// <summary>First COM port's base; eight ports.</summary>
    public const ushort Com1Port = 0x3F8;

    /// <summary>RTC index port; data at +1.</summary>
    public const ushort RtcPort = 0x70;

    /// <summary>Primary PIC command port.</summary>
    public const ushort PicPrimaryPort = 0x20;

    /// <summary>Secondary PIC command port.</summary>
    public const ushort PicSecondaryPort = 0xA0;

    /// <summary>vIOAPIC: 4096 bytes, 48 pins, 4-byte accesses.</summary>
    public const ulong IoApicBase = 0xFEC0_0000;

    /// <summary>Pins of the vIOAPIC.</summary>
    public const int IoApicPins = 48;

    /// <summary>vLAPIC: 4096 bytes, one page that each vCPU sees its own of.</summary>
    public const ulong LocalApicBase = 0xFEE0_0000;

    /// <summary>ECAM (MMCFG): 1 MiB a bus, 256 buses.</summary>
    public const ulong EcamBase = 0xE000_0000;

    /// <summary>Bytes of the ECAM window.</summary>
    public const ulong EcamSize = 0x1000_0000;

    /// <summary>32-bit PCI hole, first byte.</summary>
    public const ulong PciHole32Start = 0x8000_0000;

    /// <summary>32-bit PCI hole, first byte behind.</summary>
    public const ulong PciHole32End = 0xE000_0000;

    /// <summary>64-bit PCI hole, first byte.</summary>
    public const ulong PciHole64Start = 0x40_0000_0000;

    /// <summary>64-bit PCI hole, first byte behind.</summary>
    public const ulong PciHole64End = 0x80_0000_0000;

    /// <summary>First port of the window for I/O BARs.</summary>
    public const ushort PciIoStart = 0x2000;

    /// <summary>First port behind the window for I/O BARs.</summary>
    public const int PciIoEnd = 0x1_0000;

    /// <summary>First GSI that PCI INTx lines use; a device's is in its interrupt line register.</summary>
    public const int FirstPciGsi = 16;

    /// <summary>MSI address, 31:20; destination APIC id in 19:12.</summary>
    public const ulong MsiAddressBase = 0xFEE0_0000;
}
