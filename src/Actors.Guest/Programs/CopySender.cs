namespace Actors.Guest;

/// <summary>The second processor's half of a copy: it drives the transmit queue.</summary>
internal sealed class CopySender(GuestCpu cpu, LocalApic apic, InterruptDispatcher interrupts, CopyMailbox mailbox, in CopyJob job)
{
    private const int Here = 1;
    private const int Neighbour = 0;

    private readonly DriverVirtqueue _transmit = new(cpu.Memory, job.Layout, job.Doorbell, job.EventIndex);
    private readonly SharedRing _full = new(cpu.Memory, job.Full, CopyMailbox.RingCapacity);
    private readonly SharedRing _empty = new(cpu.Memory, job.Empty, CopyMailbox.RingCapacity);
    private readonly ulong[] _addresses = new ulong[CopyBuffers.MaxCount];

    /// <summary>Runs until the queue breaks; else for ever.</summary>
    public async GuestTask Run()
    {
        while (!_transmit.IsBroken)
        {
            _transmit.DisableInterrupts();
            var returned = Return();
            var sent = Send();
            if (_transmit.Publish())
                await _transmit.Kick(cpu);
            if (returned)
                await WakeNeighbour();
            if (returned || sent || _transmit.IsBroken)
                continue;
            await Sleep();
        }

        _empty.TryPush(0, CopyBuffers.End, 0);
        await WakeNeighbour();
    }

    private bool Return()
    {
        var returned = false;
        while (_transmit.TryTakeUsed(out var buffer, out _))
        {
            _empty.TryPush(_addresses[buffer], 0, (uint)buffer);
            returned = true;
        }

        return returned;
    }

    private bool Send()
    {
        var sent = false;
        while (_transmit.FreeDescriptors > 0 && _full.TryPop(out var address, out var length, out var buffer))
        {
            _addresses[buffer] = address;
            _transmit.TryAdd(address, length, false, (int)buffer);
            sent = true;
        }

        return sent;
    }

    private async GuestTask Sleep()
    {
        mailbox.SetSleeping(Here, true);
        if (_transmit.EnableInterruptsAfterHalf() && !_full.HasEntry)
            await interrupts.Wait();
        mailbox.SetSleeping(Here, false);
    }

    private async GuestTask WakeNeighbour()
    {
        if (mailbox.MustWake(Neighbour))
            await apic.SendFixed(Neighbour, CopyMailbox.WakeVector);
    }
}
