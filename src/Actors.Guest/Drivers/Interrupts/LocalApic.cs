using Actors.Protocol;

namespace Actors.Guest;

/// <summary>This processor's local APIC, by its memory-mapped registers.</summary>
public sealed class LocalApic(GuestCpu cpu)
{
    /// <summary>Vector that the APIC gives when an interrupt vanished; needs no end of interrupt.</summary>
    public const byte SpuriousVector = 0xFF;

    /// <summary>Turns the APIC on.</summary>
    public IoAwaitable Enable() => Write(ApicSpec.SpuriousVector, ApicSpec.SoftwareEnable | SpuriousVector);

    /// <summary>This processor's APIC id.</summary>
    public async GuestTask<byte> ReadId() => (byte)(await cpu.Load(PlatformSpec.LocalApicBase + ApicSpec.Id, 4) >> 24);

    /// <summary>The highest interrupt in service is done.</summary>
    public IoAwaitable EndOfInterrupt() => Write(ApicSpec.EndOfInterrupt, 0);

    /// <summary>Interrupts another processor.</summary>
    public GuestTask SendFixed(byte apicId, byte vector) => Send(apicId, ApicSpec.Fixed | vector);

    /// <summary>Resets another processor: it waits for start-up.</summary>
    public GuestTask SendInit(byte apicId) => Send(apicId, ApicSpec.Init);

    /// <summary>Starts another processor at physical address <paramref name="page"/> * 4096.</summary>
    public GuestTask SendStartup(byte apicId, byte page) => Send(apicId, ApicSpec.Startup | page);

    private IoAwaitable Write(ulong register, uint value) => cpu.Store(PlatformSpec.LocalApicBase + register, 4, value);

    private async GuestTask Send(byte apicId, uint command)
    {
        await Write(ApicSpec.CommandHigh, (uint)apicId << 24);
        await Write(ApicSpec.CommandLow, command);
    }
}
