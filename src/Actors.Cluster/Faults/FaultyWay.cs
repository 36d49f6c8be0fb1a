namespace Actors.Cluster;

/// <summary>
/// One direction between two nodes: what is wrong with it now, and what that means for a piece of bytes. Faults come and go from any thread.
/// </summary>
/// <param name="seed">Of what is drawn.</param>
internal sealed class FaultyWay(ulong seed)
{
    /// <summary>How long TCP waits before it sends a lost segment again.</summary>
    public static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(200);

    private const int MostRetransmissions = 6;

    private readonly Lock _gate = new();
    private readonly List<WayFault> _faults = [];
    private TaskCompletionSource? _open;
    private ulong _draws = seed;

    /// <summary>Whether something is wrong.</summary>
    public bool IsPlain
    {
        get
        {
            lock (_gate)
                return _faults.Count == 0;
        }
    }

    /// <summary>Done as soon as the way isn't cut.</summary>
    public Task Open
    {
        get
        {
            lock (_gate)
            {
                if (_open is null)
                    return Task.CompletedTask;
                foreach (var fault in _faults)
                {
                    if (fault.IsCut)
                        fault.OnEffect?.Invoke();
                }

                return _open.Task;
            }
        }
    }

    /// <summary>A fault begins.</summary>
    public void Add(WayFault fault)
    {
        lock (_gate)
        {
            _faults.Add(fault);
            if (fault.IsCut)
                _open ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>A fault is over.</summary>
    public void Remove(WayFault fault)
    {
        lock (_gate)
        {
            _faults.Remove(fault);
            if (_open is null || _faults.Exists(static one => one.IsCut))
                return;
            _open.SetResult();
            _open = null;
        }
    }

    /// <summary>What becomes of a piece that is on its way now.</summary>
    /// <param name="length">Its bytes.</param>
    public WayPass Pass(int length)
    {
        lock (_gate)
        {
            var pass = new WayPass(TimeSpan.Zero, 0, -1);
            foreach (var fault in _faults)
            {
                var (delay, rate, flip) = (fault.Delay + Exponential(fault.Jitter), fault.BytesPerSecond, -1);
                for (var again = 0; again < MostRetransmissions && fault.Loss > 0 && Unit() < fault.Loss; again++)
                    delay += Retransmission * (1 << again);
                if (fault.Corruption > 0 && length > 0 && Unit() < fault.Corruption)
                    flip = (int)(Next() % ((ulong)length * 8));
                pass = new WayPass(
                    pass.Delay + delay,
                    rate == 0 ? pass.BytesPerSecond : pass.BytesPerSecond == 0 ? rate : Math.Min(rate, pass.BytesPerSecond),
                    flip >= 0 ? flip : pass.FlippedBit);
                if (delay > TimeSpan.Zero || rate > 0 || flip >= 0)
                    fault.OnEffect?.Invoke();
            }

            return pass;
        }
    }

    private TimeSpan Exponential(TimeSpan mean) => mean == TimeSpan.Zero ? mean : mean * -Math.Log(1 - Unit());

    private double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    // splitmix64: what is drawn depends on the seed and the number of pieces alone.
    private ulong Next()
    {
        var x = _draws += 0x9E37_79B9_7F4A_7C15;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}

/// <summary>How a piece passes.</summary>
/// <param name="Delay">What it takes longer.</param>
/// <param name="BytesPerSecond">How fast it may go; 0: as fast as it can.</param>
/// <param name="FlippedBit">A bit of it that is flipped, or -1.</param>
internal readonly record struct WayPass(TimeSpan Delay, long BytesPerSecond, int FlippedBit);
