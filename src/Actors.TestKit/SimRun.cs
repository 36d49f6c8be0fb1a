using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>A run that has ended.</summary>
/// <param name="Result">The verdict, the counts of the faults, the hash of the trace.</param>
/// <param name="View">What could be seen from outside at the end.</param>
public sealed record SimRun(RunResult Result, SimView View);
