using System.Runtime.InteropServices;

namespace Actors.Hypervisor;

/// <summary>Knows which interrupts were applied: by source, a window over the latest sequences.</summary>
internal sealed class InterruptReplayFilter
{
    /// <summary>Sources of one VM; interrupts of further ones are dropped.</summary>
    public const int MaxSources = 4096;

    /// <summary>Sequences of a source that are told apart. Older ones count as seen.</summary>
    public const int WindowSize = 64;

    private Dictionary<ulong, Window>? _windows;

    /// <summary>Interrupts dropped since they had been applied, or were too old to tell.</summary>
    public long Repeated { get; private set; }

    /// <summary>Interrupts dropped for want of room for a source.</summary>
    public long TooManySources { get; private set; }

    /// <summary>True when this interrupt wasn't applied before; it is now.</summary>
    public bool Admit(ulong source, ulong sequence)
    {
        _windows ??= [];
        if (_windows.Count >= MaxSources && !_windows.ContainsKey(source))
        {
            TooManySources++;
            return false;
        }

        ref var window = ref CollectionsMarshal.GetValueRefOrAddDefault(_windows, source, out _);
        if (sequence > window.Highest)
        {
            var ahead = sequence - window.Highest;
            window.Seen = ahead >= WindowSize ? 1 : (window.Seen << (int)ahead) | 1;
            window.Highest = sequence;
            return true;
        }

        var behind = window.Highest - sequence;
        if (sequence == 0 || behind >= WindowSize || (window.Seen & (1UL << (int)behind)) != 0)
        {
            Repeated++;
            return false;
        }

        window.Seen |= 1UL << (int)behind;
        return true;
    }

    /// <summary>Forgets all (a new epoch counts from 1 again).</summary>
    public void Clear() => _windows = null;

    private struct Window
    {
        public ulong Highest;
        public ulong Seen;
    }
}
