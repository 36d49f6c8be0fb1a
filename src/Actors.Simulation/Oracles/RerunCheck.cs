namespace Actors.Simulation;

/// <summary>I30: the same build, seed and plan give the same trace. Of two that differ, names the first event that does.</summary>
internal static class RerunCheck
{
    /// <summary>Id of the check.</summary>
    public const string Id = "I30";

    private static readonly Moment Nowhere = new(0, 0, 0, 0, -1);

    /// <summary>Runs again what was run, and compares: null, or the difference.</summary>
    /// <param name="host">Where the run was made.</param>
    /// <param name="second">Where it is made again; another host shows what a run leaves behind.</param>
    /// <param name="first">What became of it.</param>
    public static Violation? Judge(SimHost host, SimHost second, RunResult first) =>
        Compare(host, second, first, second.Run(first.Request with { Observers = [] }));

    /// <summary>Compares two runs of one request: null, or the difference.</summary>
    public static Violation? Compare(SimHost host, SimHost second, RunResult first, RunResult again)
    {
        if (again.TraceHash == first.TraceHash && again.Steps == first.Steps)
            return null;
        if (DefectOf(first) is { } defect)
            return new Violation(Id, $"the same seed once ended with an exception and once did not: {defect}", Nowhere);
        return DefectOf(again) is { } later
            ? new Violation(Id, $"the same seed, run again, ended with an exception: {later}", Nowhere)
            : new Violation(Id, $"the same seed gave another trace: {TraceDifference.Between(host, second, first.Request)}", Nowhere);
    }

    private static string? DefectOf(RunResult result) => result.Violations is [{ Oracle: RunResult.DefectOracle } defect] ? defect.What : null;
}
