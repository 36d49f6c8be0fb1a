using System.Numerics;
using System.Runtime.CompilerServices;

namespace Actors.Guest;

/// <summary>
/// The vCPU's half of the interrupt handshake (<see cref="Protocol.GuestHop"/>): the latest offer of each of the 16 classes of vectors, and
/// whether the guest took it. There is at most one outstanding in a class, so a number tells new, pending, taken and stale apart.
/// </summary>
internal sealed class InterruptLanes
{
    /// <summary>Classes of vectors.</summary>
    public const int Count = 16;

    private Lanes _lanes;
    private ushort _unsent;
    private ushort _unconfirmed;

    /// <summary>Vectors taken.</summary>
    public uint Taken { get; private set; }

    /// <summary>True when an acceptance is to be sent.</summary>
    public bool HasUnsent => _unsent != 0;

    /// <summary>An offer came.</summary>
    public InterruptArrival Arrived(ulong sequence, byte vector)
    {
        ref var lane = ref _lanes[vector >> 4];
        if (sequence == lane.Sequence && vector == lane.Vector && !lane.IsPending)
        {
            _unsent |= Bit(vector >> 4);
            return InterruptArrival.Taken;
        }

        // Who offers the next of a class has the acceptance of the last: a pending one is never overtaken, and the last's needs no repeat.
        if (sequence <= lane.Sequence || lane.IsPending)
            return InterruptArrival.Stale;

        _unsent &= (ushort)~Bit(vector >> 4);
        _unconfirmed &= (ushort)~Bit(vector >> 4);
        lane = new Lane { Sequence = sequence, Vector = vector, IsPending = true };
        return InterruptArrival.New;
    }

    /// <summary>The guest took a vector.</summary>
    public void Took(byte vector)
    {
        ref var lane = ref _lanes[vector >> 4];
        if (!lane.IsPending || lane.Vector != vector)
            return;

        lane.IsPending = false;
        Taken++;
        _unsent |= Bit(vector >> 4);
        _unconfirmed |= Bit(vector >> 4);
    }

    /// <summary>An exit was answered: every acceptance before it has arrived.</summary>
    public void Confirm() => _unconfirmed = 0;

    /// <summary>What isn't confirmed is to be sent again.</summary>
    public void Repeat() => _unsent |= _unconfirmed;

    /// <summary>The next acceptance to send.</summary>
    public bool TryTakeUnsent(out ulong sequence, out byte vector)
    {
        if (_unsent == 0)
        {
            sequence = 0;
            vector = 0;
            return false;
        }

        var index = BitOperations.Log2(_unsent);
        _unsent &= (ushort)~Bit(index);
        ref readonly var lane = ref _lanes[index];
        sequence = lane.Sequence;
        vector = lane.Vector;
        return true;
    }

    private static ushort Bit(int lane) => (ushort)(1 << lane);

    private struct Lane
    {
        public ulong Sequence;
        public byte Vector;
        public bool IsPending;
    }

    [InlineArray(Count)]
    private struct Lanes
    {
        private Lane _first;
    }
}
