using System.Collections.Immutable;
using System.Globalization;
using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Actors.Cluster;

/// <summary>Which shard a VM is in: its number decides, so that every node says the same.</summary>
internal sealed class VmShards : IMessageExtractor
{
    /// <summary>The entity type's name.</summary>
    public const string TypeName = "vm";

    /// <summary>Shards of the cluster: about ten for each node of the largest cluster that is worth it. Must be the same on all nodes.</summary>
    public const int Count = 60;

    /// <summary>The VM of an entity's name.</summary>
    public static VmId VmOf(string entity) => new(int.Parse(entity, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    /// <summary>The shard of a VM.</summary>
    public static string ShardOf(VmId vm) => ((uint)vm.Value % Count).ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string? EntityId(object message) => Find(message) is { } vm ? vm.Value.ToString(CultureInfo.InvariantCulture) : null;

    /// <inheritdoc/>
    public object EntityMessage(object message) => message;

    /// <inheritdoc/>
    public string? ShardId(object message) => Find(message) is { } vm ? ShardOf(vm) : null;

    /// <inheritdoc/>
    public string ShardId(string entityId, object? messageHint = null) => ShardOf(VmOf(entityId));

    private static VmId? Find(object message) => message switch
    {
        ClusterHop.StartVm start => start.Spec.Vm,
        ClusterHop.StopVm stop => stop.Vm,
        ClusterHop.VmSeen seen => seen.Vm,
        LedgerHop.Revive revive => revive.Entry.Vm,
        _ => null,
    };
}

/// <summary>
/// A shard goes to the node that has the fewest, and stays there: moving it would end the VMs in it and start them anew. A node that joins later gets
/// shards that are used for the first time, and those of nodes that leave.
/// </summary>
internal sealed class RestingShards : IShardAllocationStrategy
{
    private static readonly Task<IImmutableSet<string>> None = Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);

    /// <inheritdoc/>
    public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
        Task.FromResult(currentShardAllocations.OrderBy(region => region.Value.Count).ThenBy(region => region.Key.Path.ToStringWithAddress(), StringComparer.Ordinal).First().Key);

    /// <inheritdoc/>
    public Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) => None;
}
