namespace Actors.Simulation;

/// <summary>Something that happened in the step of a row.</summary>
/// <param name="Text">What.</param>
/// <param name="Function">What it is in ACRN or Linux; null where they have nothing of the kind.</param>
internal readonly record struct ChartNote(string Text, string? Function);
