namespace Actors.DeviceModel;

/// <summary>Where a port's output is. The device's record has the latest that it heard, so that a port can go on at another node.</summary>
/// <param name="EpochStart">Position, in what the guest ever sent through the port's queue, at which the epoch began.</param>
/// <param name="Front">Position of the first byte that is neither written nor dropped: what a buffer holds lies behind it.</param>
/// <param name="Accepted">Position of the first byte whose buffer the guest doesn't have back.</param>
/// <param name="Written">Bytes that the backend ever took, emergency writes too.</param>
/// <param name="At">Where in the stream of a backend that outlives nodes the next byte belongs; -1 elsewhere, and while that isn't known.</param>
/// <param name="Dropped">Bytes ever dropped.</param>
/// <param name="EmergenciesDone">Emergency writes that are written or dropped.</param>
internal readonly record struct PortCounts(long EpochStart, long Front, long Accepted, long Written, long At, long Dropped, long EmergenciesDone);
