using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>A received stream that goes to its VM's byte oracle. A writer with a higher token may be another incarnation.</summary>
internal sealed class StreamTap(VmTraffic traffic, TestClock clock) : IStreamTap
{
    /// <inheritdoc/>
    public void Claim(FencingToken fence, bool isTakeover)
    {
        if (isTakeover)
            traffic.AllowRestart();
        traffic.Connect(clock.Now);
    }

    /// <inheritdoc/>
    public void Take(FencingToken fence, ReadOnlySpan<byte> bytes) => traffic.Arrive(bytes, clock.Now);
}
