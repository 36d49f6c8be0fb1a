using System.Collections;
using System.Diagnostics;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>
/// What probes at every hop of a machine saw, in order, as typed events: ask it with LINQ (<c>recording.OfType&lt;UpcallEvent&gt;()</c>) and assert on it with <see cref="Should"/>.
/// Recording changes nothing: in the simulated world the trace is the same with it and without. Reading is safe while the machine runs; what is read is what there is
/// then. The newest <see cref="MaxEvents"/> are kept.
/// </summary>
public sealed partial class Recording : IReadOnlyList<HopEvent>
{
    /// <summary>Events that are kept; of more, the oldest go.</summary>
    public const int MaxEvents = 1_000_000;

    private readonly object _gate = new();
    private readonly List<HopEvent> _events = [];
    private readonly TraceHeader _origin;
    private long _dropped;

    /// <param name="origin">What it is of.</param>
    internal Recording(TraceHeader origin) => _origin = origin;

    /// <summary>Events that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _events.Count;
        }
    }

    /// <summary>Events that are gone because there were too many.</summary>
    public long Dropped
    {
        get
        {
            lock (_gate)
                return _dropped;
        }
    }

    /// <inheritdoc/>
    public HopEvent this[int index]
    {
        get
        {
            lock (_gate)
                return _events[index];
        }
    }

    /// <summary>The events after a place, oldest first.</summary>
    /// <param name="sequence">Sequence of the last event that isn't wanted; 0: all are.</param>
    public IReadOnlyList<HopEvent> After(long sequence)
    {
        lock (_gate)
            return _events.GetRange(IndexAfter(sequence), _events.Count - IndexAfter(sequence));
    }

    /// <summary>Steps of one kind.</summary>
    public IEnumerable<HopEvent> At(PathHop hop) => this.Where(happened => happened.Hop == hop);

    /// <summary>What ports gave to their backends, together.</summary>
    /// <param name="port">Index of the port.</param>
    /// <param name="device">Number of the device, from 0.</param>
    public byte[] Output(int port = 0, int device = 0) =>
        [.. this.OfType<ByteEvent>().Where(bytes => bytes.IsOutput && bytes.Port == port && bytes.Device == MachineNames.Function(device)).SelectMany(bytes => bytes.Bytes)];

    /// <summary>Begins an assertion.</summary>
    public RecordingAssertions Should() => new(this);

    /// <inheritdoc/>
    public IEnumerator<HopEvent> GetEnumerator() => After(0).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Makes the failure of a demand, of a sentence and what is shown of it; null: nobody's machine is recorded.</summary>
    internal Func<string, string, MachineFailureException>? Fails { get; set; }

    /// <summary>Sequence of the newest event, or 0.</summary>
    internal long Last
    {
        get
        {
            lock (_gate)
                return _dropped + _events.Count;
        }
    }

    /// <summary>Keeps an event that has its number and time already.</summary>
    internal void Add(HopEvent happened)
    {
        lock (_gate)
        {
            if (_events.Count == MaxEvents)
            {
                _events.RemoveRange(0, MaxEvents / 10);
                _dropped += MaxEvents / 10;
            }

            _events.Add(happened);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Gives an event its number and time and keeps it.</summary>
    internal void Stamp(HopEvent happened, TimeSpan? time)
    {
        lock (_gate)
            Add(happened with { Sequence = Last + 1, Time = time ?? (_events.Count > 0 ? _events[^1].Time : TimeSpan.Zero) });
    }

    /// <summary>Wakes who waits, to look again.</summary>
    internal void Pulse()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <summary>In real time: waits until something is so, which is looked at with each event and pulse.</summary>
    internal bool WaitFor(Func<bool> isSo, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (!isSo())
            {
                var left = within - Stopwatch.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                    return false;
                Monitor.Wait(_gate, left);
            }

            return true;
        }
    }

    private int IndexAfter(long sequence) => (int)Math.Clamp(sequence - _dropped, 0, _events.Count);
}
