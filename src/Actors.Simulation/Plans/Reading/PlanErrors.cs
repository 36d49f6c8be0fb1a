using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>Collects what is wrong with one file.</summary>
internal sealed class PlanErrors(string file)
{
    /// <summary>More than these nobody reads.</summary>
    public const int MaxErrors = 100;

    private readonly List<PlanError> _errors = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _errors.Count == 0;

    /// <summary>Adds an error at a place.</summary>
    public void Add(PlanPlace place, string what)
    {
        if (_errors.Count < MaxErrors)
            _errors.Add(new PlanError(file, place.Line, place.Column, what));
    }

    /// <summary>All, in the order of their places.</summary>
    public ImmutableArray<PlanError> InOrder() => [.. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column)];
}

/// <summary>A place in a file, from 1; 0, 0: the file as a whole.</summary>
internal readonly record struct PlanPlace(int Line, int Column);
