using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// What one VM has in flight. Each field has one writer at a time: stamps their vCPU's actor; the byte counters the VM's ports, with locked instructions,
/// since a VM may have many.
/// </summary>
internal sealed class VmMeter
{
    private long _stamp;
    private long[]? _stamps;
    private long _taken;
    private long _settled;

    /// <summary>What was told last.</summary>
    public (int Requests, long Bytes) Told { get; set; }

    /// <summary>I/O requests that are not finished.</summary>
    public int Requests
    {
        get
        {
            var requests = Volatile.Read(ref _stamp) == 0 ? 0 : 1;
            foreach (var stamp in _stamps ?? [])
                requests += stamp == 0 ? 0 : 1;
            return requests;
        }
    }

    /// <summary>Bytes taken from the guest and neither written nor dropped.</summary>
    public long BytesInFlight => Math.Max(0, Volatile.Read(ref _taken) - Volatile.Read(ref _settled));

    /// <summary>A vCPU stopped.</summary>
    public void Exit(int vcpu, long now)
    {
        if (vcpu == 0)
            Volatile.Write(ref _stamp, now);
        else if ((uint)vcpu < VmLimits.MaxVcpus)
            (_stamps ??= new long[VmLimits.MaxVcpus])[vcpu] = now;
    }

    /// <summary>Whether a vCPU stopped and didn't go on, here.</summary>
    public bool IsStopped(int vcpu) =>
        vcpu == 0 ? Volatile.Read(ref _stamp) != 0 : _stamps is { } stamps && (uint)vcpu < (uint)stamps.Length && stamps[vcpu] != 0;

    /// <summary>It goes on. Returns when it stopped, or 0 when that isn't known.</summary>
    public long Enter(int vcpu)
    {
        long stamp = 0;
        if (vcpu == 0)
        {
            stamp = _stamp;
            Volatile.Write(ref _stamp, 0);
        }
        else if (_stamps is { } stamps && (uint)vcpu < (uint)stamps.Length)
        {
            stamp = stamps[vcpu];
            stamps[vcpu] = 0;
        }

        return stamp;
    }

    /// <summary>A port got bytes.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _taken, bytes);

    /// <summary>Bytes are written, or dropped.</summary>
    public void Settle(long bytes) => Interlocked.Add(ref _settled, bytes);

    /// <summary>A new incarnation begins.</summary>
    public void Clear()
    {
        _stamp = 0;
        _stamps = null;
        _taken = 0;
        _settled = 0;
        Told = default;
    }
}
