using System.Numerics;

namespace Actors.Guest;

/// <summary>A set of interrupt vectors, at most 256, highest first: delivered and not yet taken, or taken and not yet told of.</summary>
internal struct PendingVectors
{
    private ulong _low;
    private ulong _second;
    private ulong _third;
    private ulong _high;

    public readonly bool Any => (_low | _second | _third | _high) != 0;

    public void Add(byte vector)
    {
        var bit = 1UL << (vector & 63);
        switch (vector >> 6)
        {
            case 0:
                _low |= bit;
                break;
            case 1:
                _second |= bit;
                break;
            case 2:
                _third |= bit;
                break;
            default:
                _high |= bit;
                break;
        }
    }

    public bool TryTake(out byte vector) =>
        TryTake(ref _high, 192, out vector) || TryTake(ref _third, 128, out vector)
        || TryTake(ref _second, 64, out vector) || TryTake(ref _low, 0, out vector);

    private static bool TryTake(ref ulong word, int first, out byte vector)
    {
        if (word == 0)
        {
            vector = 0;
            return false;
        }

        var bit = BitOperations.Log2(word);
        word &= ~(1UL << bit);
        vector = (byte)(first + bit);
        return true;
    }
}
