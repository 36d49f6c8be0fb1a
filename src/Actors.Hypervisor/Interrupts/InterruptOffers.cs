using System.Numerics;
using System.Runtime.CompilerServices;

namespace Actors.Hypervisor;

/// <summary>
/// The hypervisor's half of the interrupt handshake with one vCPU (<see cref="Protocol.GuestHop"/>): what is offered and not yet accepted, at most
/// one vector of each of the 16 classes, and when to offer it again. Repeats are bounded: a guest that takes no interrupts keeps no timer.
/// </summary>
internal sealed class InterruptOffers
{
    /// <summary>Repeats while nothing is heard from the vCPU.</summary>
    public const int MaxRepeats = 8;

    /// <summary>Most periods between two repeats.</summary>
    public const int MaxPeriods = 8;

    /// <summary>Classes of vectors.</summary>
    public const int Classes = 16;

    // A period that has begun doesn't count, so one more: the first repeat comes after a whole period.
    private const byte FirstWait = 2;

    private Lanes _lanes;
    private ulong _sequence;
    private ushort _outstanding;
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

    /// <summary>The vCPU was heard, or something happens to it: it may be given all repeats again. True when they had been used up: then it is time for one now.</summary>
    public bool Rearm()
    {
        if (_outstanding == 0)
        {
            _repeats = 0;
            _wait = FirstWait;
            return false;
        }

        var hadGivenUp = _repeats == MaxRepeats;

        // The next repeat isn't put off by this, or who is heard often would never get one.
        _wait = hadGivenUp ? FirstWait : Math.Min(_wait, FirstWait);
        _repeats = 0;
        return hadGivenUp;
    }

    /// <summary>A period is over. True when what is outstanding is to be offered again now.</summary>
    public bool IsDue()
    {
        if (!IsWaiting || --_wait > 0)
            return false;

        _wait = (byte)Math.Min(1 << _repeats, MaxPeriods);
        _repeats++;
        return true;
    }

    /// <summary>True when there is something to repeat, now or later.</summary>
    public bool IsWaiting => _outstanding != 0 && _repeats < MaxRepeats;

    /// <summary>The outstanding offers in a fixed order: the first from a class on, or -1.</summary>
    public int Next(int first, out ulong sequence, out byte vector)
    {
        var rest = first >= Classes ? 0 : _outstanding >> first << first;
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
