using Actors.Guest;

namespace Actors.Simulation;

/// <summary>A processor among those of a machine: how they start, call and wait for each other. They meet in the page that they start at.</summary>
internal sealed class ProcessorCrew
{
    /// <summary>Page of the start-up vector.</summary>
    private const byte Page = 0x08;

    private const byte WakeVector = 0xE0;
    private const ulong ReadyOffset = 0x000;
    private const ulong DoneOffset = 0x100;

    private readonly GuestCpu _cpu;

    private ProcessorCrew(GuestCpu cpu, LocalApic apic, InterruptDispatcher interrupts)
    {
        _cpu = cpu;
        Apic = apic;
        Interrupts = interrupts;
    }

    /// <summary>This processor's APIC.</summary>
    public LocalApic Apic { get; }

    /// <summary>This processor's interrupts.</summary>
    public InterruptDispatcher Interrupts { get; }

    /// <summary>The boot processor starts all others, and goes on when they are there.</summary>
    public static async GuestTask<ProcessorCrew> Start(GuestCpu cpu, LocalApic apic, InterruptDispatcher interrupts)
    {
        var crew = new ProcessorCrew(cpu, apic, interrupts);
        for (var vcpu = 1; vcpu < cpu.VcpuCount; vcpu++)
        {
            // A machine that was reset finds its RAM cleared; a processor that starts says so itself.
            await apic.SendInit((byte)vcpu);
            await apic.SendStartup((byte)vcpu, Page);
            while (!crew.Has(ReadyOffset, vcpu))
                await interrupts.Wait();
        }

        return crew;
    }

    /// <summary>Another processor reports.</summary>
    public static async GuestTask<ProcessorCrew> Join(GuestCpu cpu)
    {
        var apic = new LocalApic(cpu);
        var crew = new ProcessorCrew(cpu, apic, new InterruptDispatcher(cpu, apic));
        await apic.Enable();
        crew.Set(ReadyOffset);
        await crew.Wake(0);
        return crew;
    }

    /// <summary>Interrupts another processor.</summary>
    public GuestTask Wake(int vcpu) => Apic.SendFixed((byte)vcpu, WakeVector);

    /// <summary>Sleeps until another processor, or a device, interrupts.</summary>
    public GuestTask Sleep() => Interrupts.Wait();

    /// <summary>Says to the boot processor that this one's work is done, and sleeps for ever.</summary>
    public async GuestTask Finish()
    {
        Set(DoneOffset);
        await Wake(0);
        while (true)
            await Interrupts.Wait();
    }

    /// <summary>The boot processor waits until all others are done.</summary>
    public async GuestTask WaitForOthers()
    {
        for (var vcpu = 1; vcpu < _cpu.VcpuCount; vcpu++)
        {
            while (!Has(DoneOffset, vcpu))
                await Interrupts.Wait();
        }
    }

    private static ulong At(ulong offset, int vcpu) => (Page * (ulong)GuestHeap.PageSize) + offset + (ulong)(vcpu * sizeof(uint));

    private bool Has(ulong offset, int vcpu) => _cpu.Memory.TryReadUInt32(At(offset, vcpu), out var word) && word != 0;

    private void Set(ulong offset) => _cpu.Memory.TryWriteUInt32(At(offset, _cpu.Index), 1);
}
