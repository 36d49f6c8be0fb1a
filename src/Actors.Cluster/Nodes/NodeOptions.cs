using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>What a node is told when it starts.</summary>
public sealed record NodeOptions
{
    /// <summary>What it hosts; <see cref="NodeRoles"/>.</summary>
    public ImmutableArray<string> Roles { get; init; } = [NodeRoles.Guest, NodeRoles.Service];

    /// <summary>Name or address that it binds to and is known by. Loopback unless somebody says otherwise.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Address to bind to where it differs from <see cref="Host"/> (a container's); null: the same.</summary>
    public string? Bind { get; init; }

    /// <summary>TCP port for other nodes; 0: any that is free.</summary>
    public int Port { get; init; }

    /// <summary>Nodes to join, as host:port, in the same order everywhere: the first one founds the cluster when it is started alone. Empty: found one.</summary>
    public ImmutableArray<string> Join { get; init; } = [];

    /// <summary>Port for metrics and health on <see cref="Bind"/>; 0: any that is free; null: none.</summary>
    public int? Http { get; init; }

    /// <summary>How fast failures are noticed.</summary>
    public NodeProfile Profile { get; init; } = NodeProfile.Production;

    /// <summary>Folder with <c>ca.pem</c>, <c>node.pem</c> and <c>node.key</c>; null: no TLS.</summary>
    public string? Tls { get; init; }

    /// <summary>An actor that takes Akka's log events, or null for none.</summary>
    public Type? Logger { get; init; }

    /// <summary>HOCON that comes before everything of ours, or null.</summary>
    public string? Hocon { get; init; }

    /// <summary>How sentences call where <see cref="Hocon"/> comes from.</summary>
    internal string HoconName { get; init; } = "--hocon";

    /// <summary>Recorder of hops beside the node's own counters, or null.</summary>
    public PathTrace? Trace { get; init; }
}

/// <summary>Words for <see cref="NodeOptions.Roles"/>.</summary>
public static class NodeRoles
{
    /// <summary>Hosts vCPUs and hypervisors.</summary>
    public const string Guest = "guest";

    /// <summary>Hosts HSMs and device models.</summary>
    public const string Service = "service";

    /// <summary>All there are.</summary>
    public static ImmutableArray<string> All { get; } = [Guest, Service];
}

/// <summary>Sets of timings: how long until a silent node is taken for dead, and its VMs are started elsewhere.</summary>
public enum NodeProfile
{
    /// <summary>VMs of a killed node answer again within ten seconds; a pause of three seconds is forgiven.</summary>
    Production,

    /// <summary>A little faster, for a quiet local network.</summary>
    Tuned,

    /// <summary>For tests in one process on a busy machine: long pauses are forgiven, those of the whole machine however long, and decisions come soon.</summary>
    Tests,

    /// <summary>For machines that have far more to do than they can: a minute of silence is forgiven, and a lost node is missed as late.</summary>
    Patient,
}
