namespace Actors.Guest;

/// <summary>Moves bytes from one port to another (or back out of the same) on one processor, without copying them.</summary>
internal sealed class PortRelay(GuestConsolePort from, GuestConsolePort to, CopyBuffers buffers)
{
    private readonly DriverVirtqueue _receive = from.ReceiveQueue;
    private readonly DriverVirtqueue _transmit = to.TransmitQueue;
    private readonly GuestCpu _cpu = from.Driver.Cpu;
    private bool _posted;

    /// <summary>Runs until the host closed the port that it reads and everything has left by the other. May be run again when the host opened it again.</summary>
    /// <returns>False when a port went away before.</returns>
    public async GuestTask<bool> Run()
    {
        if (!_posted)
            buffers.Post(_receive);
        _posted = true;
        while (true)
        {
            _receive.DisableInterrupts();
            _transmit.DisableInterrupts();
            await from.Driver.Service();
            if (to.Driver != from.Driver)
                await to.Driver.Service();

            var moved = TakeBack() | Forward();
            if (_transmit.Publish())
                await _transmit.Kick(_cpu);
            if (_receive.Publish())
                await _receive.Kick(_cpu);
            if (moved)
                continue;

            if (from.IsGone || to.IsGone)
                return false;
            if (_transmit.InFlight == 0 && from.TakeHangup())
                return true;
            if (_receive.EnableInterrupts() & _transmit.EnableInterruptsAfterHalf())
                await from.Driver.WaitForEvent();

            // Used input alone is no work while the other end can't take it: then only an event helps.
            else if (!to.CanTransmit && !_transmit.HasUsed)
                await from.Driver.WaitForEvent();
        }
    }

    /// <summary>Sent buffers go back to the receive queue.</summary>
    private bool TakeBack()
    {
        var moved = false;
        while (_transmit.TryTakeUsed(out var buffer, out _))
        {
            _receive.TryAdd(buffers.At(buffer), CopyBuffers.Size, true, buffer);
            moved = true;
        }

        return moved;
    }

    /// <summary>Filled buffers go to the transmit queue.</summary>
    private bool Forward()
    {
        var moved = false;
        while (to.CanTransmit && _receive.TryTakeUsed(out var buffer, out var length))
        {
            if (length == 0)
            {
                _receive.TryAdd(buffers.At(buffer), CopyBuffers.Size, true, buffer);
            }
            else
            {
                _transmit.TryAdd(buffers.At(buffer), length, false, buffer);
            }

            moved = true;
        }

        return moved;
    }
}
