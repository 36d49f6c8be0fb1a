namespace Actors.Simulation;

/// <summary>A flaw in how nodes and backends decide who owns a VM: a part of the cluster is another.</summary>
internal abstract class ClusterFlaw : Flaw
{
    /// <summary>What takes the place of the right part, by its type.</summary>
    protected abstract object? Part { get; }

    /// <inheritdoc/>
    public sealed override T? Find<T>()
        where T : class => Part as T;

    /// <summary>A plan of the box, judged by the oracles that must catch it.</summary>
    protected Plan Of(string name) => ShippedPlans.Find(name) with { Check = [.. CaughtBy] };
}
