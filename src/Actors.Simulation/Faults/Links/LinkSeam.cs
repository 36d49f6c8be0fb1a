using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What faults know of one link in one run.</summary>
internal sealed class LinkSeam(LinkSite site)
{
    /// <summary>Which.</summary>
    public LinkSite Site { get; } = site;

    /// <summary>Rules whose site it is, in the plan's order.</summary>
    public List<RuleState> Rules { get; } = [];

    /// <summary>Messages that wait until others have overtaken them.</summary>
    public List<WaitingMessage> Waiting { get; } = [];

    /// <summary>Messages that don't pass, however often they come.</summary>
    public List<LinkBlock> Blocks { get; } = [];

    /// <summary>Messages that were lost, until they get through.</summary>
    public List<LostMessage> Lost { get; } = [];

    /// <summary>The message that a later one was merged with, until then.</summary>
    public LinkHold? Hold { get; set; }

    /// <summary>Whether nothing is going on.</summary>
    public bool IsQuiet => Waiting.Count == 0 && Blocks.Count == 0 && Lost.Count == 0 && Hold is null;
}

/// <summary>A message that waits.</summary>
/// <param name="Fault">The firing; closing it lets the message go.</param>
/// <param name="To">The receiver: what overtakes goes there too.</param>
/// <param name="Facts">What it is.</param>
internal sealed record WaitingMessage(OpenFault Fault, IActorRef To, MessageFacts Facts)
{
    /// <summary>Messages that are still to overtake it; -1: one of its own vCPU.</summary>
    public long Remaining { get; set; }

    /// <summary>Whether one like it takes its place (coalescing).</summary>
    public bool Merges { get; init; }
}

/// <summary>Messages that don't pass.</summary>
/// <param name="Fault">The firing.</param>
/// <param name="Stream">Their stream, or 0 for <paramref name="Type"/>.</param>
/// <param name="Number">Their number in it.</param>
/// <param name="Type">All of a type.</param>
internal sealed record LinkBlock(OpenFault Fault, ulong Stream, ulong Number, Type? Type = null)
{
    /// <summary>How many more it stops; -1: all, until the fault heals.</summary>
    public long Left { get; set; } = -1;
}

/// <summary>A message that was lost.</summary>
internal readonly record struct LostMessage(RuleState Rule, long Occurrence, ulong Stream, ulong Number);

/// <summary>A link on which everything waits.</summary>
internal sealed class LinkHold
{
    /// <summary>What waits, in order.</summary>
    public List<(IActorRef To, object Message, IActorRef From)> Messages { get; } = [];
}
