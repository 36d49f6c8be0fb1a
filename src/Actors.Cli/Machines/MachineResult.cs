using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What became of a machine.</summary>
internal abstract record MachineResult
{
    private MachineResult()
    {
    }

    /// <summary>It was never made, and nothing was left behind. The reason is one sentence for a person.</summary>
    public sealed record Refused(string Reason) : MachineResult;

    /// <summary>It ran and is gone.</summary>
    public sealed record Ended(VmEnd End, string? Detail, ImmutableArray<PortReport> Ports) : MachineResult;
}
