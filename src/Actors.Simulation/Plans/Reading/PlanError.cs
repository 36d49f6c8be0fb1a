using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Something wrong in a plan file.</summary>
/// <param name="File">The file, as the reader was told its name.</param>
/// <param name="Line">Line, from 1; 0: the file as a whole.</param>
/// <param name="Column">Column, from 1; 0: the file as a whole.</param>
/// <param name="What">One sentence: what is wrong, and what was expected.</param>
public sealed record PlanError(string File, int Line, int Column, string What)
{
    /// <summary>As compilers write it: <c>file:line:column: what</c>.</summary>
    public override string ToString() => Line == 0 ? $"{File}: {What}" : $"{File}:{Line}:{Column}: {What}";
}

/// <summary>What came of reading a plan file: a plan, or everything that is wrong with the file.</summary>
/// <param name="Plan">The plan; null when there are errors.</param>
/// <param name="Errors">The errors in the order of their places.</param>
public sealed record PlanReading(Plan? Plan, ImmutableArray<PlanError> Errors);
