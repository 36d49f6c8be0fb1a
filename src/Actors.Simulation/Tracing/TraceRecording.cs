using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A whole trace, kept for reports.</summary>
/// <param name="Events">Events in order.</param>
/// <param name="Actors">Names of the actors by number, such as <c>hsm/vm-0</c>.</param>
public sealed record TraceRecording(ImmutableArray<RecordedEvent> Events, ImmutableArray<string> Actors);

/// <summary>An event with its moment.</summary>
/// <param name="Moment">When.</param>
/// <param name="Event">A boxed <see cref="SendEvent"/>, <see cref="ReceiveEvent"/>, <see cref="MemoryEvent"/>, <see cref="PathStep"/>, <see cref="SlotStep"/>, <see cref="BackendEvent"/>, <see cref="FaultEvent"/>, <see cref="LifeStep"/>,
/// <see cref="WorldPhase"/> or <see cref="Violation"/>.</param>
/// <param name="Data">Bytes of a memory or backend event; empty for others, cut to 64 bytes.</param>
public readonly record struct RecordedEvent(Moment Moment, object Event, ImmutableArray<byte> Data);
