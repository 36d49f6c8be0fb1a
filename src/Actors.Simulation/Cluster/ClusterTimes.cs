namespace Actors.Simulation;

/// <summary>Times of a cluster, in ticks of 100 ns of each node's own clock.</summary>
/// <param name="Heartbeat">Between two heartbeats.</param>
/// <param name="Detection">Silence after which a node is unreachable.</param>
/// <param name="StableAfter">How long reachability must stay as it is before somebody decides on it.</param>
internal readonly record struct ClusterTimes(long Heartbeat, long Detection, long StableAfter);
