using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>The last request of each vCPU, so that each is executed once and answered as often as asked. A vCPU has one request at a time.</summary>
/// <typeparam name="T">What is remembered of it.</typeparam>
internal sealed class RequestLog<T>
    where T : class
{
    private Entry[] _entries = [];

    /// <summary>Requests dropped as older than their vCPU's last.</summary>
    public long Stale { get; private set; }

    /// <summary>True for a request that is new, which is then the vCPU's last; else gives what is remembered of it, or null when it is none of these vCPUs' last.</summary>
    public bool TryBegin(int vcpu, ulong sequence, out T? remembered)
    {
        remembered = null;
        if ((uint)vcpu >= VmLimits.MaxVcpus)
        {
            Stale++;
            return false;
        }

        if (vcpu >= _entries.Length)
            Array.Resize(ref _entries, vcpu + 1);
        ref var entry = ref _entries[vcpu];
        if (sequence > entry.Sequence)
        {
            entry = new Entry(sequence, null);
            return true;
        }

        if (sequence == entry.Sequence)
            remembered = entry.Value;
        else
            Stale++;
        return false;
    }

    /// <summary>What is remembered of a vCPU's last request, if it is this one.</summary>
    public T? Find(int vcpu, ulong sequence) =>
        (uint)vcpu < (uint)_entries.Length && _entries[vcpu].Sequence == sequence ? _entries[vcpu].Value : null;

    /// <summary>Remembers something of a vCPU's last request.</summary>
    public void Remember(int vcpu, T value) => _entries[vcpu].Value = value;

    /// <summary>What is remembered of each vCPU's last request, by vCPU; null where there is nothing.</summary>
    public T? this[int vcpu] => _entries[vcpu].Value;

    /// <summary>vCPUs that ever asked, from 0 up.</summary>
    public int Vcpus => _entries.Length;

    /// <summary>A new epoch: sequences begin again.</summary>
    public void Clear() => Array.Clear(_entries);

    private struct Entry(ulong sequence, T? value)
    {
        public readonly ulong Sequence = sequence;
        public T? Value = value;
    }
}
