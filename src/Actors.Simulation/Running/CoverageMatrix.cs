using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>How often each rule of a plan fired in each coarse state of the protocol. An empty cell is a situation that the campaign never tried.</summary>
public sealed class CoverageMatrix
{
    private readonly long[] _cells;

    internal CoverageMatrix(int rules)
    {
        Rules = rules;
        _cells = new long[rules * Columns.Length];
    }

    /// <summary>Names of the states: slot, device status, queue.</summary>
    public static ImmutableArray<CoverageColumn> Columns { get; } =
    [
        new("slot", "free"), new("slot", "pending"), new("slot", "processing"), new("slot", "complete"),
        new("device", "reset"), new("device", "bring-up"), new("device", "features"), new("device", "driver-ok"),
        new("queue", "idle"), new("queue", "kicked"), new("queue", "backend"), new("queue", "used"), new("queue", "interrupt"), new("queue", "input"),
    ];

    /// <summary>Index of the first column of the device's status.</summary>
    internal const int FirstStatus = 4;

    /// <summary>Index of the first column of the queue's phase.</summary>
    internal const int FirstQueue = 8;

    /// <summary>Rules of the plan.</summary>
    public int Rules { get; }

    /// <summary>Firings of a rule in a state.</summary>
    public long this[int rule, int column] => _cells[(rule * Columns.Length) + column];

    internal void Count(int rule, int column) => _cells[(rule * Columns.Length) + column]++;

    internal void Add(CoverageMatrix other)
    {
        for (var i = 0; i < _cells.Length; i++)
            _cells[i] += other._cells[i];
    }
}

/// <summary>A state of the protocol.</summary>
/// <param name="Group">What is in that state.</param>
/// <param name="State">The state.</param>
public readonly record struct CoverageColumn(string Group, string State);
