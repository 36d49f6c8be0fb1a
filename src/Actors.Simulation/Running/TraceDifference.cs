using System.Globalization;

namespace Actors.Simulation;

/// <summary>Where two traces part.</summary>
/// <param name="Index">Index of the first event that differs.</param>
/// <param name="First">It in the first trace; null: that trace ends there.</param>
/// <param name="Second">It in the second trace; null: that trace ends there.</param>
public sealed record TraceDifference(int Index, RecordedEvent? First, RecordedEvent? Second)
{
    /// <summary>Compares two traces; null: they are equal.</summary>
    public static TraceDifference? Between(TraceRecording first, TraceRecording second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var digest = new EventDigest();
        var common = Math.Min(first.Events.Length, second.Events.Length);
        for (var i = 0; i < common; i++)
        {
            if (digest.Of(first.Events[i]) != digest.Of(second.Events[i]))
                return new TraceDifference(i, first.Events[i], second.Events[i]);
        }

        return first.Events.Length == second.Events.Length
            ? null
            : new TraceDifference(common, common < first.Events.Length ? first.Events[common] : null, common < second.Events.Length ? second.Events[common] : null);
    }

    /// <summary>Runs a request on two hosts and says in one sentence where the traces part.</summary>
    internal static string Between(SimHost first, SimHost second, RunRequest request)
    {
        var recorded = request with { RecordsTrace = true, Observers = [] };
        var one = first.Run(recorded).Recording!;
        var other = second.Run(recorded).Recording!;
        return Between(one, other) is { } difference
            ? difference.Sentence(one, other)
            : "but not when the trace was recorded, so no event can be named";
    }

    /// <summary>The difference in one sentence.</summary>
    public string Sentence(TraceRecording first, TraceRecording second) => string.Create(
        CultureInfo.InvariantCulture,
        $"event {Index + 1} is {(First is { } one ? EventText.Of(one, first) : "missing")} in one and {(Second is { } other ? EventText.Of(other, second) : "missing")} in the other");
}
