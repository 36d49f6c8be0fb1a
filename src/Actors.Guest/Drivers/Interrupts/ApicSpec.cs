namespace Actors.Guest;

/// <summary>Local APIC and I/O APIC registers as a driver needs them: Intel SDM volume 3 chapter 11; 82093AA data sheet.</summary>
internal static class ApicSpec
{
    /// <summary>Local APIC: id in 31:24.</summary>
    public const ulong Id = 0x20;

    /// <summary>Local APIC: end of interrupt, write 0.</summary>
    public const ulong EndOfInterrupt = 0xB0;

    /// <summary>Local APIC: spurious vector in 7:0, software enable in bit 8.</summary>
    public const ulong SpuriousVector = 0xF0;

    /// <summary>Local APIC: interrupt command, low half; writing it sends.</summary>
    public const ulong CommandLow = 0x300;

    /// <summary>Local APIC: interrupt command, high half: destination in 31:24.</summary>
    public const ulong CommandHigh = 0x310;

    /// <summary>Spurious vector register: APIC software enable.</summary>
    public const uint SoftwareEnable = 0x100;

    /// <summary>Command: fixed delivery, edge, assert.</summary>
    public const uint Fixed = 0x4000;

    /// <summary>Command: INIT, level, assert.</summary>
    public const uint Init = 0xC500;

    /// <summary>Command: start-up, edge, assert.</summary>
    public const uint Startup = 0x4600;

    /// <summary>I/O APIC: register select.</summary>
    public const ulong RegisterSelect = 0x00;

    /// <summary>I/O APIC: register window.</summary>
    public const ulong Window = 0x10;

    /// <summary>I/O APIC: low half of the first redirection entry; two registers a pin.</summary>
    public const uint FirstRedirection = 0x10;

    /// <summary>Redirection: active low.</summary>
    public const uint ActiveLow = 1 << 13;

    /// <summary>Redirection: level triggered.</summary>
    public const uint LevelTriggered = 1 << 15;

    /// <summary>Redirection: masked.</summary>
    public const uint Masked = 1 << 16;
}
