using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <content>What owners and the node say to it, and what it says to itself.</content>
internal sealed partial class VmLedger
{
    /// <summary>From an owner: what is known of its VM?</summary>
    internal sealed record Find(VmId Vm);

    /// <summary>What is known.</summary>
    internal sealed record Found(VmEntry? Entry, VmLoss? Loss);

    /// <summary>From an owner that was to start a VM again: what another node's ledger knows.</summary>
    internal sealed record Learn(VmEntry Entry);

    /// <summary>From an owner: what became of its VM.</summary>
    /// <param name="Entry">What.</param>
    /// <param name="IsAnswered">Answered by <see cref="Recorded"/> or <see cref="Outdated"/>.</param>
    internal sealed record Write(VmEntry Entry, bool IsAnswered);

    /// <summary>To an owner: those who have to know this do (<see cref="LedgerPeers"/>).</summary>
    internal sealed record Recorded(FencingToken Fence, VmEntryState State);

    /// <summary>To an owner: something later is known than what it wrote.</summary>
    internal sealed record Outdated(FencingToken Fence);

    /// <summary>Where owners are reached.</summary>
    internal sealed record Region(IActorRef Actor);

    /// <summary>Answered by <see cref="Drained"/> as soon as every peer that can be reached knows everything.</summary>
    internal sealed class Drain
    {
        /// <summary>The one there is.</summary>
        public static readonly Drain Instance = new();
    }

    /// <summary>Every peer that can be reached knows everything.</summary>
    internal sealed class Drained
    {
        /// <summary>The one there is.</summary>
        public static readonly Drained Instance = new();
    }

    private sealed class Flush
    {
        public static readonly Flush Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed class CountsTick
    {
        public static readonly CountsTick Instance = new();
    }
}
