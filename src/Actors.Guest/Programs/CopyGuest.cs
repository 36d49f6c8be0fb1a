namespace Actors.Guest;

/// <summary>
/// What enters one port leaves on another. With one processor it drives both queues; with more it is an SMP guest: the first drives the
/// receiving queue, the second the sending one, the others come online and sleep.
/// </summary>
internal sealed class CopyGuest(string fromName, string toName, DriverOptions options) : GuestProgram
{
    public override GuestTask Run(GuestCpu cpu) => cpu.Index == 0 ? RunBoot(cpu) : RunApplication(cpu);

    private async GuestTask RunBoot(GuestCpu cpu)
    {
        var platform = await GuestPlatform.Boot(cpu, options with { VectorPerQueue = options.VectorPerQueue || cpu.VcpuCount > 1 });
        var mailbox = new CopyMailbox(cpu.Memory);
        for (var vcpu = 1; vcpu < cpu.VcpuCount; vcpu++)
            await StartProcessor(platform, mailbox, vcpu);

        if (await platform.FindPort(fromName) is not { } from)
        {
            await platform.Fail(NoPort(platform, fromName));
            return;
        }

        if (await platform.FindPort(toName) is not { } to)
        {
            await platform.Fail(NoPort(platform, toName));
            return;
        }

        // The sending side first: it must be open before anything can arrive for it.
        await to.Open(0, 0);
        await from.Open(0, 0);
        var buffers = CopyBuffers.Allocate(platform.Heap, Math.Min(from.ReceiveQueue.Size, to.TransmitQueue.Size));
        var whole = from == to
            ? await Echo(new PortRelay(from, to, buffers), from)
            : cpu.VcpuCount == 1
                ? await new PortRelay(from, to, buffers).Run()
                : await RunTwo(platform, mailbox, from, to, buffers);
        if (!whole)
            await platform.Fail($"copy: the device of port '{fromName}' or '{toName}' broke");
        await to.Close();
        await platform.PowerOff();
    }

    /// <summary>Serves one peer after the other, until the port's input is over for good.</summary>
    private static async GuestTask<bool> Echo(PortRelay relay, GuestConsolePort port)
    {
        do
        {
            if (!await relay.Run())
                return false;
        }
        while (await port.WaitForReconnection());
        return true;
    }

    private static string NoPort(GuestPlatform platform, string name) => platform.Problems.Count == 0
        ? $"no port '{name}'"
        : $"no port '{name}' ({string.Join("; ", platform.Problems)})";

    private static async GuestTask StartProcessor(GuestPlatform platform, CopyMailbox mailbox, int vcpu)
    {
        // Processors are numbered as their APICs are.
        await platform.Apic.SendInit((byte)vcpu);
        await platform.Apic.SendStartup((byte)vcpu, CopyMailbox.Page);
        while (!mailbox.IsOnline(vcpu))
            await platform.Interrupts.Wait();
    }

    private static async GuestTask<bool> RunTwo(
        GuestPlatform platform, CopyMailbox mailbox, GuestConsolePort from, GuestConsolePort to, CopyBuffers buffers)
    {
        const byte Second = 1;
        var full = platform.Heap.Allocate(SharedRing.BytesOf(CopyMailbox.RingCapacity), 64);
        var empty = platform.Heap.Allocate(SharedRing.BytesOf(CopyMailbox.RingCapacity), 64);
        var queue = to.TransmitQueue;
        var routed = await to.Driver.RouteQueue(Actors.Protocol.VirtioConsoleSpec.TransmitQueueOf(to.Id), Second, CopyMailbox.WakeVector);
        mailbox.Post(new(queue.Layout, queue.Doorbell, queue.UsesEventIndex, full, empty));
        await platform.Apic.SendFixed(Second, CopyMailbox.WakeVector);
        var memory = platform.Cpu.Memory;
        return await new CopyReceiver(
            platform,
            from,
            to,
            buffers,
            new SharedRing(memory, full, CopyMailbox.RingCapacity),
            new SharedRing(memory, empty, CopyMailbox.RingCapacity),
            mailbox,
            forwardsInterrupts: !routed).Run();
    }

    private static async GuestTask RunApplication(GuestCpu cpu)
    {
        var apic = new LocalApic(cpu);
        var interrupts = new InterruptDispatcher(cpu, apic);
        var mailbox = new CopyMailbox(cpu.Memory);
        await apic.Enable();
        mailbox.SetOnline(cpu.Index);
        await apic.SendFixed(0, CopyMailbox.WakeVector);
        CopyJob job = default;
        while (cpu.Index != 1 || !mailbox.TryTake(out job))
            await interrupts.Wait();
        await new CopySender(cpu, apic, interrupts, mailbox, job).Run();
        while (true)
            await interrupts.Wait();
    }
}
