namespace Actors.Simulation;

/// <summary>
/// Writes a recorded trace as JSON lines: a header, then one event a line, with its virtual time in ticks of 100 ns and the number of the event that led to it. <c>actors trace</c> draws it.
/// </summary>
public static class TraceJson
{
    /// <summary>Writes all events, then what was violated.</summary>
    public static void Write(TextWriter output, RunResult result)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(result);
        if (result.Recording is not { } trace)
            throw new ArgumentException("The run's trace was not recorded.", nameof(result));
        var plan = result.Request.Plan;
        var lines = new TraceLineWriter(output, new TraceHeader("world", plan.Name, result.Request.Seed, plan.Faults), actor => EventText.Actor(trace, actor));
        foreach (var recorded in trace.Events)
            lines.Write(recorded);
        foreach (var violation in result.Violations)
            lines.Write(violation);
    }
}
