using System.Collections.Concurrent;
using Actors.Protocol;

namespace Actors.Hsm.Tests;

internal sealed class RecordedTrace : PathTrace
{
    public ConcurrentQueue<PathStep> Steps { get; } = new();

    public PathHop[] Hops => [.. Steps.Select(step => step.Hop)];

    public ConcurrentQueue<SlotStep> Slots { get; } = new();

    public override void Record(in PathStep step) => Steps.Enqueue(step);

    public override void Record(in SlotStep step) => Slots.Enqueue(step);
}
