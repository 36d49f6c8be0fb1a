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
    private ushort _held;
    private ushort _owed;

    /// <summary>Vectors taken.</summary>
    public uint Taken { get; private set; }

    /// <summary>True when an acceptance is to be sent.</summary>
    public bool HasUnsent => _unsent != 0;

    /// <summary>True when the guest took a vector that was held: the hypervisor doesn't offer it again, so its acceptance is to be repeated until confirmed.</summary>
    public bool OwesAcceptance => _owed != 0;

    /// <summary>An offer came.</summary>
    public InterruptArrival Arrived(ulong sequence, byte vector)
    {
        ref var lane = ref _lanes[vector >> 4];
        if (sequence == lane.Sequence && vector == lane.Vector)
        {
            if (lane.IsPending)
            {
                _held |= Bit(vector >> 4);
                return InterruptArrival.Held;
            }

            _unsent |= Bit(vector >> 4);
            return InterruptArrival.Taken;
        }

        // Who offers the next of a class has the acceptance of the last: a pending one is never overtaken, and the last's needs no repeat.
        if (sequence <= lane.Sequence || lane.IsPending)
            return InterruptArrival.Stale;

        _unsent &= (ushort)~Bit(vector >> 4);
        _unconfirmed &= (ushort)~Bit(vector >> 4);
        _owed &= (ushort)~Bit(vector >> 4);
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
        _owed |= (ushort)(_held & Bit(vector >> 4));
        _held &= (ushort)~Bit(vector >> 4);
    }

    /// <summary>An exit was answered: every acceptance before it has arrived.</summary>
    public void Confirm() => _unconfirmed = _owed = 0;

    /// <summary>So many acceptances have arrived.</summary>
    public void Confirm(uint taken)
    {
        if (taken >= Taken)
            Confirm();
    }

    /// <summary>What isn't confirmed is to be sent again.</summary>
    public void Repeat() => _unsent |= _unconfirmed;

    /// <summary>The next acceptance to send.</summary>
    /// <param name="sequence">Of its offer.</param>
    /// <param name="vector">Of its offer.</param>
    /// <param name="owed">It is to be confirmed.</param>
    public bool TryTakeUnsent(out ulong sequence, out byte vector, out bool owed)
    {
        if (_unsent == 0)
        {
            sequence = 0;
            vector = 0;
            owed = false;
            return false;
        }

        var index = BitOperations.Log2(_unsent);
        _unsent &= (ushort)~Bit(index);
        ref readonly var lane = ref _lanes[index];
        sequence = lane.Sequence;
        vector = lane.Vector;
        owed = (_owed & Bit(index)) != 0;
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
