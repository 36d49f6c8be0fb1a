namespace Actors.Guest;

/// <summary>
/// The first processor's half of a copy on two: it drives the receive queue and the control queues, and sends filled buffers to the
/// second over one ring; they come back empty over the other.
/// </summary>
internal sealed class CopyReceiver(
    GuestPlatform platform, GuestConsolePort from, GuestConsolePort to, CopyBuffers buffers, SharedRing full, SharedRing empty, CopyMailbox mailbox, bool forwardsInterrupts)
{
    private const int Here = 0;
    private const int Neighbour = 1;

    private readonly DriverVirtqueue _receive = from.ReceiveQueue;
    private int _away;
    private bool _failed;

    /// <summary>Runs until the host closed the port and the neighbour says that everything has left.</summary>
    /// <returns>False when a port went away before.</returns>
    public async GuestTask<bool> Run()
    {
        buffers.Post(_receive);
        while (!_failed)
        {
            _receive.DisableInterrupts();
            await ServiceControl();
            var moved = TakeBack();
            var gave = Forward();
            if (_receive.Publish())
                await _receive.Kick(platform.Cpu);
            if (gave)
                await WakeNeighbour();
            if (moved || gave)
                continue;
            if (from.IsGone || to.IsGone)
                return false;
            if (_away == 0 && from.TakeHangup())
                break;
            await Sleep();
        }

        return !_failed;
    }

    private async GuestTask ServiceControl()
    {
        await from.Driver.Service();
        if (to.Driver != from.Driver)
            await to.Driver.Service();
    }

    private bool TakeBack()
    {
        var moved = false;
        while (empty.TryPop(out var address, out var length, out var buffer))
        {
            moved = true;
            if (length == CopyBuffers.End)
            {
                _failed = true;
                break;
            }

            _away--;
            _receive.TryAdd(address, CopyBuffers.Size, true, (int)buffer);
        }

        return moved;
    }

    private bool Forward()
    {
        var gave = false;
        while (to.CanTransmit && _receive.TryTakeUsed(out var buffer, out var length))
        {
            if (length == 0)
            {
                _receive.TryAdd(buffers.At(buffer), CopyBuffers.Size, true, buffer);
                continue;
            }

            // The ring has room for every buffer there is.
            full.TryPush(buffers.At(buffer), length, (uint)buffer);
            _away++;
            gave = true;
        }

        return gave;
    }

    private async GuestTask Sleep()
    {
        var quiet = _receive.EnableInterrupts() | !to.CanTransmit;
        mailbox.SetSleeping(Here, true);
        if (quiet && !empty.HasEntry)
        {
            await platform.Interrupts.Wait();

            // A line or a shared vector comes only here, also when it is about the neighbour's queue.
            if (forwardsInterrupts)
                await WakeNeighbour();
        }

        mailbox.SetSleeping(Here, false);
    }

    private async GuestTask WakeNeighbour()
    {
        if (mailbox.MustWake(Neighbour))
            await platform.Apic.SendFixed(Neighbour, CopyMailbox.WakeVector);
    }
}
