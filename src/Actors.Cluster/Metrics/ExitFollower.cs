using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Follows one exit at a time from step to step, so that each hop has a latency: the time since the step before it. A clock read at every step of every exit would cost
/// as much as the path itself; at most a thousand exits a second are followed, and an exit that isn't costs each step one comparison.
/// </summary>
internal sealed class ExitFollower(TimeProvider clock)
{
    /// <summary>Time between two exits that are followed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    /// <summary>An exit that has not ended by now is given up for another.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly long _interval = (long)(Interval.TotalSeconds * clock.TimestampFrequency);
    private readonly long _patience = (long)(Patience.TotalSeconds * clock.TimestampFrequency);
    private Followed? _followed;

    /// <summary>An exit's first step on this node. It is followed if no other is.</summary>
    /// <param name="step">The step.</param>
    /// <param name="now">Its time stamp.</param>
    public void Offer(in PathStep step, long now)
    {
        var last = Volatile.Read(ref _followed);
        if (last is null || now - last.Begun > (last.HasEnded ? _interval : _patience))
            Interlocked.CompareExchange(ref _followed, new Followed(step, now), last);
    }

    /// <summary>Nanoseconds since the step before this one, or -1 when this step is of no exit that is followed.</summary>
    public long Follow(in PathStep step)
    {
        var followed = Volatile.Read(ref _followed);
        if (followed is null || followed.Vm != step.Vm)
            return -1;
        var now = clock.GetTimestamp();
        var before = followed.Advance(step, now);
        return before == 0 || now < before ? -1 : (long)((now - before) * (1e9 / clock.TimestampFrequency));
    }

    /// <summary>The exit. Its request and what a device does about it go on side by side, on different threads.</summary>
    private sealed class Followed(in PathStep first, long now)
    {
        private readonly PathHop _first = first.Hop;
        private readonly int _vcpu = first.Vcpu;
        private readonly ulong _sequence = first.Sequence;
        private long _request = now;
        private long _device;

        public VmId Vm { get; } = first.Vm;

        public long Begun { get; } = now;

        public bool HasEnded { get; private set; }

        /// <summary>When the step before this one was, or 0 when it has none.</summary>
        public long Advance(in PathStep step, long now)
        {
            if (step.Hop == _first)
                return 0;
            switch (step.Hop)
            {
                // The hypervisor's and the HSM's steps name their request, and stop nowhere but here.
                case PathHop.VmEntry when IsOurs(step):
                    HasEnded = true;
                    return _request;
                case PathHop.IoeventfdHandler or PathHop.VirtioPciWrite or PathHop.VirtioPciRead or PathHop.AsyncioKick when IsOurs(step):
                    Volatile.Write(ref _device, now);
                    return Interlocked.Exchange(ref _request, now);
                case PathHop.ClientCreate or PathHop.IoRangeAdd or PathHop.BackendRead:
                    return 0;

                // A device's steps name none: they follow the doorbell, up to the interrupt in the guest.
                case PathHop.VcpuInterrupt:
                    return Interlocked.Exchange(ref _device, 0);
                default:
                    return step.Vcpu >= 0 ? (IsOurs(step) ? Interlocked.Exchange(ref _request, now) : 0) : AdvanceDevice(now);
            }
        }

        private bool IsOurs(in PathStep step) => step.Vcpu == _vcpu && step.Sequence == _sequence;

        private long AdvanceDevice(long now)
        {
            var before = Volatile.Read(ref _device);
            return before == 0 ? 0 : Interlocked.Exchange(ref _device, now);
        }
    }
}
