using Actors.Cluster;
using Actors.Guest;
using Akka.Actor;

namespace Actors.Cli;

/// <summary>One node, in this process.</summary>
internal sealed class SingleNode : IScaleNodes
{
    private ClusterNode? _node;

    /// <inheritdoc/>
    public ActorSystem System => _node!.System;

    /// <inheritdoc/>
    public IReadOnlyList<string> Addresses => [_node!.Address];

    /// <inheritdoc/>
    public bool EndsWithTest => true;

    /// <inheritdoc/>
    public bool UsesTls => false;

    /// <inheritdoc/>
    public Action<string, string>? Lost { get; set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken stop)
    {
        _node = ClusterNode.Start(new NodeOptions { Logger = typeof(StandardErrorLogger), Profile = NodeProfile.Tests }, new GuestCatalog());
        await _node.Up.WaitAsync(stop);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? default;
}
