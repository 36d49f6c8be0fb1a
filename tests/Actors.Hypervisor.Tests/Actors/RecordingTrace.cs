using System.Collections.Concurrent;
using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>Keeps the steps of the path.</summary>
internal sealed class RecordingTrace : PathTrace
{
    public ConcurrentQueue<PathStep> Steps { get; } = new();

    public ConcurrentQueue<SlotStep> Slots { get; } = new();

    public ConcurrentQueue<LifeStep> Lives { get; } = new();

    public override void Record(in LifeStep step) => Lives.Enqueue(step);

    public override void Record(in PathStep step) => Steps.Enqueue(step);

    public override void Record(in SlotStep step) => Slots.Enqueue(step);
}
