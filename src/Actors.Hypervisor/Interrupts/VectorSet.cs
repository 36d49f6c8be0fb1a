using System.Numerics;
using System.Runtime.CompilerServices;

namespace Actors.Hypervisor;

/// <summary>256 vectors, one bit each: an IRR, ISR or TMR.</summary>
internal struct VectorSet
{
    private Words _words;

    /// <summary>Highest vector in the set, or -1.</summary>
    public readonly int Highest
    {
        get
        {
            for (var i = 3; i >= 0; i--)
            {
                if (_words[i] != 0)
                    return (i * 64) + BitOperations.Log2(_words[i]);
            }

            return -1;
        }
    }

    /// <summary>True when a vector is in the set.</summary>
    public readonly bool Contains(int vector) => (_words[vector >> 6] & (1UL << (vector & 63))) != 0;

    /// <summary>Puts a vector in.</summary>
    public void Add(int vector) => _words[vector >> 6] |= 1UL << (vector & 63);

    /// <summary>Takes a vector out.</summary>
    public void Remove(int vector) => _words[vector >> 6] &= ~(1UL << (vector & 63));

    /// <summary>The 32 vectors from <paramref name="index"/> * 32 on, as a register shows them.</summary>
    public readonly uint Register(int index) => (uint)(_words[index >> 1] >> ((index & 1) * 32));

    [InlineArray(4)]
    private struct Words
    {
        private ulong _first;
    }
}
