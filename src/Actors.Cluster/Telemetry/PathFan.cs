using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Gives what one recorder takes to two.</summary>
internal sealed class PathFan(PathTrace first, PathTrace second) : PathTrace
{
    /// <summary>The one, the other, or both.</summary>
    public static PathTrace? Of(PathTrace? first, PathTrace? second) => first is null ? second : second is null ? first : new PathFan(first, second);

    /// <inheritdoc/>
    public override void Record(in PathStep step)
    {
        first.Record(step);
        second.Record(step);
    }

    /// <inheritdoc/>
    public override void Record(in SlotStep step)
    {
        first.Record(step);
        second.Record(step);
    }

    /// <inheritdoc/>
    public override void Record(in DropStep step)
    {
        first.Record(step);
        second.Record(step);
    }

    /// <inheritdoc/>
    public override void Record(in LifeStep step)
    {
        first.Record(step);
        second.Record(step);
    }

    /// <inheritdoc/>
    public override void Taken(VmId vm, long bytes)
    {
        first.Taken(vm, bytes);
        second.Taken(vm, bytes);
    }

    /// <inheritdoc/>
    public override void Faulted(VmId vm, long count)
    {
        first.Faulted(vm, count);
        second.Faulted(vm, count);
    }
}
