namespace Actors.Simulation;

/// <summary>A message of a trace file, of which only this was written down.</summary>
/// <param name="Name">Name of its kind.</param>
/// <param name="Label">What stands at its arrow.</param>
/// <param name="Exit">Sequence of the request, of an <c>IoExit</c>; else 0.</param>
internal sealed record RecordedMessage(string Name, string Label, ulong Exit);
