namespace Actors.Hypervisor;

/// <summary>What a write to a local APIC asks of its surroundings.</summary>
internal enum LocalApicEffect : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A level-triggered vector ended: the IOAPIC must be told.</summary>
    LevelEnded,

    /// <summary>An interprocessor interrupt is to be sent.</summary>
    Command,

    /// <summary>LINT0 was set up: the PIC's wire may have changed.</summary>
    Lint0,

    /// <summary>The APIC was enabled or disabled: lines that were refused may be taken now.</summary>
    Enable,
}
