using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>First line of a trace file.</summary>
/// <param name="Source">Where it was recorded: <c>run</c> (reality: times are since the beginning of the run) or <c>world</c> (virtual time).</param>
/// <param name="Name">The guest or plan.</param>
/// <param name="Seed">Of a world.</param>
/// <param name="Rules">The plan's rules, of which id, row, site and action are kept; empty in reality.</param>
internal sealed record TraceHeader(string Source, string Name, ulong? Seed, ImmutableArray<FaultRule> Rules)
{
    /// <summary>What every trace file says that it is.</summary>
    public const string Format = "actors-trace";

    /// <summary>Source of the trace that people read: it has no times.</summary>
    public const string Text = "text";

    /// <summary>Version of the lines. One that is higher is refused; fields that aren't known are skipped.</summary>
    public const int Version = 1;
}
