using System.Globalization;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>Demands on a <see cref="Recording"/>. Each returns itself, so that they can be joined; a demand that isn't met throws <see cref="MachineFailureException"/>.</summary>
public sealed class RecordingAssertions
{
    private readonly Recording _recording;
    private readonly IReadOnlyList<HopEvent> _events;

    internal RecordingAssertions(Recording recording, IReadOnlyList<HopEvent>? events = null)
    {
        _recording = recording;
        _events = events ?? recording.After(0);
    }

    /// <summary>Only events after a place count from here on.</summary>
    /// <param name="sequence">Sequence of the last event that doesn't count.</param>
    public RecordingAssertions After(long sequence) => new(_recording, [.. _events.Where(happened => happened.Sequence > sequence)]);

    /// <summary>Only events of one kind that fit count from here on.</summary>
    public RecordingAssertions Where(Func<HopEvent, bool> fits) => new(_recording, [.. _events.Where(fits)]);

    /// <summary>These steps were taken in this order, others may be between them.</summary>
    /// <exception cref="MachineFailureException">A step is missing: the message shows both columns.</exception>
    public RecordingAssertions Follow(params ReadOnlySpan<PathHop> hops)
    {
        var next = 0;
        foreach (var happened in _events)
        {
            if (next < hops.Length && happened.Hop == hops[next])
                next++;
        }

        if (next < hops.Length)
        {
            throw Fail(
                $"The steps don't follow each other: '{HopNames.Of(hops[next])}' (number {(next + 1).ToString(CultureInfo.InvariantCulture)} of {hops.Length.ToString(CultureInfo.InvariantCulture)}) is missing.",
                LifeColumns.Write(hops, _events));
        }

        return this;
    }

    /// <summary>The steps of one exit, from VM exit to VM entry and nothing else, are these in this order.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="hops">Steps that carry its request's number.</param>
    public RecordingAssertions FollowExactly(IoExitEvent exit, params ReadOnlySpan<PathHop> hops)
    {
        ArgumentNullException.ThrowIfNull(exit);
        HopEvent[] life = [.. _events.Where(happened => happened.Hop is not null && happened.Vm == exit.Vm && happened.Vcpu == exit.Vcpu && happened.Request == exit.Request && happened.Sequence >= exit.Sequence)];
        if (!life.Select(happened => happened.Hop!.Value).SequenceEqual(hops.ToArray()))
            throw Fail($"The life of '{exit.Access}' is another.", LifeColumns.Write(hops, life));
        return this;
    }

    /// <summary>There are events of a kind that fit.</summary>
    public RecordingAssertions Contain<T>(Func<T, bool>? fits = null)
        where T : HopEvent => Count(fits, count => count > 0, "at least one");

    /// <summary>There is no event of a kind that fits.</summary>
    public RecordingAssertions NotContain<T>(Func<T, bool>? fits = null)
        where T : HopEvent => Count(fits, count => count == 0, "none");

    /// <summary>There are so many events of a kind that fit.</summary>
    public RecordingAssertions Contain<T>(int exactly, Func<T, bool>? fits = null)
        where T : HopEvent => Count(fits, count => count == exactly, exactly.ToString(CultureInfo.InvariantCulture));

    private RecordingAssertions Count<T>(Func<T, bool>? fits, Func<int, bool> isRight, string wanted)
        where T : HopEvent
    {
        var found = _events.OfType<T>().Where(happened => fits is null || fits(happened)).ToList();
        return isRight(found.Count)
            ? this
            : throw Fail(
                $"Expected {wanted} of {typeof(T).Name}{(fits is null ? string.Empty : " that fit")}, and there are {found.Count.ToString(CultureInfo.InvariantCulture)}.",
                string.Join('\n', (found.Count > 0 ? found : _events.TakeLast(10)).Take(20).Select(happened => "  " + happened)));
    }

    private MachineFailureException Fail(string sentence, string shown) => _recording.Fails?.Invoke(sentence, shown) ?? new MachineFailureException($"{sentence}\n{shown}");
}
