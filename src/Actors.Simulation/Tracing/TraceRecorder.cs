using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Keeps every event, for reports.</summary>
internal sealed class TraceRecorder : WorldObserver
{
    private const int MaxData = 64;

    private readonly ImmutableArray<RecordedEvent>.Builder _events = ImmutableArray.CreateBuilder<RecordedEvent>();

    /// <inheritdoc/>
    public override WorldInterest Interest =>
        WorldInterest.Send | WorldInterest.Receive | WorldInterest.Memory | WorldInterest.Path | WorldInterest.Slot | WorldInterest.Backend
        | WorldInterest.Fault | WorldInterest.Life | WorldInterest.Cluster;

    /// <summary>What was kept.</summary>
    public TraceRecording Recording(World world) => new(_events.ToImmutable(), world.Trace.ActorNames);

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send) => Keep(moment, send);

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive) => Keep(moment, receive);

    /// <inheritdoc/>
    public override void OnMemory(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data) => Keep(moment, access, data);

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step) => Keep(moment, step);

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step) => Keep(moment, step);

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data) => Keep(moment, happened, data);

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault) => Keep(moment, fault);

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step) => Keep(moment, step);

    /// <inheritdoc/>
    public override void OnCluster(in Moment moment, in ClusterEvent happened) => Keep(moment, happened);

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase) => Keep(moment, phase);

    private void Keep(in Moment moment, object happened, ReadOnlySpan<byte> data = default) =>
        _events.Add(new RecordedEvent(moment, happened, [.. data[..Math.Min(MaxData, data.Length)]]));
}
