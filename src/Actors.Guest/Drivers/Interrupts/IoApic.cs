using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The I/O APIC: where interrupt lines become vectors.</summary>
public sealed class IoApic(GuestCpu cpu)
{
    /// <summary>Routes a PCI line (level, active low) to a processor.</summary>
    public async GuestTask RoutePciLine(int gsi, byte vector, byte apicId)
    {
        await WriteRegister(HighOf(gsi), (uint)apicId << 24);
        await WriteRegister(LowOf(gsi), ApicSpec.LevelTriggered | ApicSpec.ActiveLow | vector);
    }

    /// <summary>Masks a line.</summary>
    public GuestTask Mask(int gsi) => WriteRegister(LowOf(gsi), ApicSpec.Masked);

    private static uint LowOf(int gsi) => ApicSpec.FirstRedirection + (2 * (uint)gsi);

    private static uint HighOf(int gsi) => LowOf(gsi) + 1;

    private async GuestTask WriteRegister(uint register, uint value)
    {
        await cpu.Store(PlatformSpec.IoApicBase + ApicSpec.RegisterSelect, 4, register);
        await cpu.Store(PlatformSpec.IoApicBase + ApicSpec.Window, 4, value);
    }
}
