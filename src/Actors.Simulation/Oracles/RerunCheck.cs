namespace Actors.Simulation;

/// <summary>I30: the same build, seed and plan give the same trace. Runs a request twice on one host; of two that differ, names the first event that does.</summary>
internal static class RerunCheck
{
    /// <summary>Id of the check.</summary>
    public const string Id = "I30";

    /// <summary>Null, or the difference.</summary>
    public static Violation? Judge(SimHost host, RunRequest request)
    {
        var first = host.Run(request with { RecordsTrace = true, Observers = [] });
        var second = host.Run(request with { RecordsTrace = true, Observers = [] });
        if (first.TraceHash == second.TraceHash)
            return null;
        var difference = TraceDifference.Between(first.Recording!, second.Recording!);
        var moment = difference?.Second?.Moment ?? difference?.First?.Moment ?? default;
        return new Violation(Id, difference?.Sentence(first.Recording!, second.Recording!) ?? "the hashes differ, and no event does", moment);
    }
}
