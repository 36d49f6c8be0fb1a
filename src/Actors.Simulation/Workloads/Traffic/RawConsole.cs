using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A console that is driven register by register, without MULTIPORT: one port, two queues. For what no driver of the box does.</summary>
internal sealed class RawConsole
{
    /// <summary>Entries of the table that interrupts are sent by.</summary>
    private const int ConfigEntry = 0;
    private const int QueueEntry = 1;

    private readonly GuestCpu _cpu;
    private readonly byte _apicId;
    private readonly byte _vector;

    private RawConsole(GuestCpu cpu, InterruptDispatcher interrupts, VirtioPciTransport transport, ulong bar, byte apicId)
    {
        _cpu = cpu;
        _apicId = apicId;
        _vector = interrupts.Allocate();
        Interrupts = interrupts;
        Transport = transport;
        Bar = bar;
        Heap = new GuestHeap(cpu.MemoryBytes);
    }

    /// <summary>Interrupts.</summary>
    public InterruptDispatcher Interrupts { get; }

    /// <summary>The transport, for what it can.</summary>
    public VirtioPciTransport Transport { get; }

    /// <summary>The BAR of the modern interface.</summary>
    public ulong Bar { get; }

    /// <summary>RAM that nobody uses.</summary>
    public GuestHeap Heap { get; }

    /// <summary>Finds the first console. Null when there is none with a modern interface and MSI-X.</summary>
    public static async GuestTask<RawConsole?> Find(GuestCpu cpu)
    {
        var apic = new LocalApic(cpu);
        await apic.Enable();
        var apicId = await apic.ReadId();
        var bus = new PciBus(new EcamConfigAccess(cpu));
        if (await bus.Probe(MachineNames.Function(0)) is not { } device)
            return null;
        var transport = await VirtioPciTransport.Open(cpu, device, new DriverOptions(), bus.Addresses);
        if (transport is not { IsModern: true, Msix: not null })
            return null;
        var bar = await device.ReadBar(VirtioPciSpec.ModernBar);
        return new RawConsole(cpu, new InterruptDispatcher(cpu, apic), transport, bar.Address, apicId);
    }

    /// <summary>Reads a register of the common configuration.</summary>
    public IoAwaitable Read(int register, int size) => _cpu.Load(Bar + VirtioPciSpec.CommonOffset + (ulong)register, size);

    /// <summary>Writes a register of the common configuration.</summary>
    public IoAwaitable Write(int register, int size, ulong value) => _cpu.Store(Bar + VirtioPciSpec.CommonOffset + (ulong)register, size, value);

    /// <summary>Rings a queue's doorbell, whatever the queue's state.</summary>
    public IoAwaitable Kick(int queue) => _cpu.Store(Bar + VirtioPciSpec.NotifyOffset + (ulong)(queue * VirtioPciSpec.NotifyMultiplier), 2, (ulong)queue);

    /// <summary>Holds the queues' interrupts back.</summary>
    public IoAwaitable MaskQueues() => Transport.Msix!.Mask(QueueEntry);

    /// <summary>Lets the queues' interrupts through, also what is pending.</summary>
    public IoAwaitable UnmaskQueues() => Transport.Msix!.Unmask(QueueEntry);

    /// <summary>Resets the device and agrees on features, MULTIPORT not among them. Null, or why not.</summary>
    public async GuestTask<string?> Negotiate(ulong ringFeatures)
    {
        if (await Transport.Negotiate(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureRingReset | ringFeatures) is { } problem)
            return problem;
        var msix = Transport.Msix!;
        var address = PlatformSpec.MsiAddressBase | ((ulong)_apicId << 12);
        await msix.Set(ConfigEntry, address, _vector);
        await msix.Set(QueueEntry, address, _vector);
        if (!msix.IsEnabled)
            await msix.Enable();
        return await Transport.SetConfigVector(ConfigEntry) ? null : "the vector was refused";
    }

    /// <summary>Gives a queue rings of its own and enables it. Null when the device doesn't offer it.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="size">Entries; 0: as many as offered.</param>
    public async GuestTask<DriverVirtqueue?> Enable(int queue, int size = 0)
    {
        var offered = await Transport.SelectQueue(queue);
        if (offered == 0 || !await Transport.SetQueueVector(QueueEntry))
            return null;
        var (layout, doorbell) = await Transport.EnableQueue(queue, offered, size, Heap);
        var eventIndex = (Transport.Features & VirtioSpec.FeatureEventIndex) != 0;
        var indirect = (Transport.Features & VirtioSpec.FeatureIndirectDescriptors) != 0;
        return new DriverVirtqueue(_cpu.Memory, layout, doorbell, eventIndex, indirect ? Heap : null);
    }
}
