using Actors.Guest;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>
/// A driver that keeps to nothing: it writes rubbish into the rings of a console and kicks, as often as it is told. The same seed does the same. What a device may do about it is
/// docs/behaviour.md; it must not cost more than bounded work, nor touch anybody else.
/// </summary>
/// <param name="seed">What it does follows from this.</param>
public sealed class HostileDriver(ulong seed)
{
    private const ulong Purpose = 0x4057_11E0;

    private readonly Prng _random = new(seed, Purpose);

    /// <summary>Disturbs the queues of a console.</summary>
    /// <param name="guest">The vCPU that does it.</param>
    /// <param name="kicks">Kicks, each after up to eight writes into a ring.</param>
    public async GuestTask Run(GuestSession guest, int kicks)
    {
        ArgumentNullException.ThrowIfNull(guest);
        guest.BreaksItsRings();
        for (var i = 0; i < kicks; i++)
        {
            var port = guest.Port(_random.Below(guest.Console().Ports.Count));
            var queue = _random.Below(2) == 0 ? port.ReceiveQueue : port.TransmitQueue;
            for (var writes = 1 + _random.Below(8); writes > 0; writes--)
                HostileRings.Disturb(guest.Cpu, queue.Layout, _random);
            await queue.Kick(guest.Cpu);
        }
    }
}
