using System.Numerics;
using System.Runtime.CompilerServices;

namespace Actors.Hypervisor;

/// <summary>
/// The hypervisor's half of the interrupt handshake with one vCPU (<see cref="Protocol.GuestHop"/>): what is offered and not yet accepted, at most
/// one vector of each of the 16 classes, and when to offer it again: until the vCPU accepts it, or says that it holds it. So a guest that takes no interrupts keeps no timer, and none is
/// lost however long the way is broken.
/// </summary>
internal sealed class InterruptOffers
{
    /// <summary>Most periods between two repeats.</summary>
    public const int MaxPeriods = 8;

    /// <summary>Classes of vectors.</summary>
    public const int Classes = 16;

    // A period that has begun doesn't count, so one more: the first repeat comes after a whole period.
    private const byte FirstWait = 2;

    private Lanes _lanes;
    private ulong _sequence;
    private ushort _outstanding;
    private ushort _held;
    private byte _repeats;
    private byte _wait;

    /// <summary>Vectors accepted.</summary>
    public uint Accepted { get; private set; }

    /// <summary>True when something is offered and not accepted.</summary>
    public bool IsAny => _outstanding != 0;

    /// <summary>True when a vector of the same class is offered and not accepted.</summary>
    public bool IsBusy(byte vector) => (_outstanding & Bit(vector)) != 0;

    /// <summary>Offers a vector, whose class is not busy. Returns the number of the offer.</summary>
    public ulong Offer(byte vector)
    {
        Rearm();
        _outstanding |= Bit(vector);
        _held &= (ushort)~Bit(vector);
        _lanes[vector >> 4] = new Lane { Sequence = ++_sequence, Vector = vector };
        return _sequence;
    }

    /// <summary>True when the vector is offered by that number: now it isn't any more.</summary>
    public bool Accept(ulong sequence, byte vector)
    {
        ref readonly var lane = ref _lanes[vector >> 4];
        if (!IsBusy(vector) || lane.Sequence != sequence || lane.Vector != vector)
            return false;

        _outstanding &= (ushort)~Bit(vector);
        Accepted++;
        return true;
    }

    /// <summary>The vCPU has an offer, and will say when its guest takes it.</summary>
    public void Hold(ulong sequence)
    {
        for (var lane = 0; lane < Classes; lane++)
        {
            if ((_outstanding & (1 << lane)) != 0 && _lanes[lane].Sequence == sequence)
                _held |= (ushort)(1 << lane);
        }
    }

    /// <summary>The vCPU was heard, or something happens to it: repeats are frequent again. The next one isn't put off by this, or who is heard often would never get one.</summary>
    public void Rearm()
    {
        _wait = _outstanding == 0 ? FirstWait : Math.Min(_wait, FirstWait);
        _repeats = 0;
    }

    /// <summary>A period is over. True when what is outstanding and not held is to be offered again now.</summary>
    public bool IsDue()
    {
        if (!IsWaiting || --_wait > 0)
            return false;

        _wait = (byte)(1 << _repeats);
        if (_wait < MaxPeriods)
            _repeats++;
        return true;
    }

    /// <summary>True when there is something to repeat, now or later.</summary>
    public bool IsWaiting => (_outstanding & ~_held) != 0;

    /// <summary>The outstanding offers that aren't held, in a fixed order: the first from a class on, or -1.</summary>
    public int Next(int first, out ulong sequence, out byte vector)
    {
        var rest = first >= Classes ? 0 : (_outstanding & ~_held) >> first << first;
        if (rest == 0)
        {
            sequence = 0;
            vector = 0;
            return -1;
        }

        var index = BitOperations.TrailingZeroCount(rest);
        sequence = _lanes[index].Sequence;
        vector = _lanes[index].Vector;
        return index;
    }

    private static ushort Bit(byte vector) => (ushort)(1 << (vector >> 4));

    private struct Lane
    {
        public ulong Sequence;
        public byte Vector;
    }

    [InlineArray(Classes)]
    private struct Lanes
    {
        private Lane _first;
    }
}
