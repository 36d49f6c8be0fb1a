using System.Numerics;
using System.Runtime.InteropServices;

namespace Actors.Hypervisor;

/// <summary>
/// Knows which interrupts were applied: of each source a floor, up to which all were, and a window above it. What lies beyond the window is refused while
/// something before it is missing: its sender keeps it. Says when a sender is to hear how far the floor is (<see cref="Protocol.InterruptHop"/>).
/// </summary>
internal sealed class InterruptReplayFilter
{
    /// <summary>Sources of one VM; interrupts of further ones are dropped.</summary>
    public const int MaxSources = 4096;

    /// <summary>Sequences above a source's floor that are told apart.</summary>
    public const int WindowSize = 64;

    /// <summary>A source whose floor rose so far hears of it.</summary>
    public const int AcknowledgeEvery = 32;

    private Dictionary<ulong, Window>? _windows;

    /// <summary>Interrupts dropped since they had been applied, or were given up by their sender.</summary>
    public long Repeated { get; private set; }

    /// <summary>Interrupts refused since they are too far ahead of one that is missing.</summary>
    public long Ahead { get; private set; }

    /// <summary>Times that one came while one before it was missing, and none was before.</summary>
    public long Gaps { get; private set; }

    /// <summary>Interrupts dropped for want of room for a source.</summary>
    public long TooManySources { get; private set; }

    /// <summary>Takes an interrupt.</summary>
    /// <param name="source">Who raised it.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="oldest">The lowest number that its sender keeps; 0 when it keeps none.</param>
    public InterruptAdmission Admit(ulong source, ulong sequence, ulong oldest)
    {
        _windows ??= [];
        if (_windows.Count >= MaxSources && !_windows.ContainsKey(source))
        {
            TooManySources++;
            return default;
        }

        if (sequence == 0)
        {
            Repeated++;
            return default;
        }

        ref var window = ref CollectionsMarshal.GetValueRefOrAddDefault(_windows, source, out _);

        // Who keeps nothing can't fill a gap: the window follows what comes.
        window.RaiseTo(oldest == 0 ? Math.Max(sequence, WindowSize) - WindowSize : Math.Min(oldest, sequence) - 1);
        if (sequence <= window.Floor)
        {
            Repeated++;
            return window.Report(isNew: false, isTold: sequence == oldest);
        }

        var ahead = sequence - window.Floor - 1;
        if (ahead >= WindowSize)
        {
            Ahead++;
            return window.Report(isNew: false, isTold: sequence % AcknowledgeEvery == 0);
        }

        var bit = 1UL << (int)ahead;
        if ((window.Seen & bit) != 0)
        {
            Repeated++;
            return default;
        }

        var hadGap = window.Seen != 0;
        window.Seen |= bit;
        window.Settle();
        var opensGap = !hadGap && ahead != 0;
        if (opensGap)
            Gaps++;

        return window.Report(isNew: true, isTold: oldest != 0 && (opensGap || (hadGap && ahead == 0) || window.Floor - window.Told >= AcknowledgeEvery));
    }

    /// <summary>Forgets all (a new epoch counts from 1 again).</summary>
    public void Clear() => _windows = null;

    private struct Window
    {
        // All up to here; bit 0 of what was seen is the next one, and never set.
        public ulong Floor;
        public ulong Seen;
        public ulong Told;

        public void RaiseTo(ulong floor)
        {
            if (floor <= Floor)
                return;

            var by = floor - Floor;
            Seen = by >= WindowSize ? 0 : Seen >> (int)by;
            Floor = floor;
            Settle();
        }

        public void Settle()
        {
            var next = BitOperations.TrailingZeroCount(~Seen);
            Seen = next >= WindowSize ? 0 : Seen >> next;
            Floor += (ulong)next;
        }

        public InterruptAdmission Report(bool isNew, bool isTold)
        {
            if (isTold)
                Told = Floor;
            return new InterruptAdmission(isNew, isTold, Floor);
        }
    }
}

/// <summary>What becomes of an interrupt that arrives.</summary>
/// <param name="IsNew">It is to be applied.</param>
/// <param name="IsTold">Its sender is to hear of the floor.</param>
/// <param name="Floor">All of its source up to here need no repeat.</param>
internal readonly record struct InterruptAdmission(bool IsNew, bool IsTold, ulong Floor);
