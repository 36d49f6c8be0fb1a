using System.Collections.Concurrent;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Counts the steps of the path on one node, how long exits take, and each hop of those that are followed. A step costs a look into the thread's own block and an
/// increment; an exit two looks at the clock besides. Nothing is locked, and nothing allocated but for an exit that is followed, a new thread and a new VM.
/// </summary>
internal sealed class PathMeter(TimeProvider clock) : PathTrace, IVmCountsSource
{
    private const int PageBits = 10;
    private const int Pages = 1 << 10;

    /// <summary>VMs outside the pages (odd numbers) that are told apart; more share nothing and are only counted together.</summary>
    private const int MaxStrangers = 10_000;

    [ThreadStatic]
    private static Seat? _seat;

    private readonly double _nanoseconds = 1e9 / clock.TimestampFrequency;
    private readonly ExitFollower _follower = new(clock);
    private readonly VmMeter?[]?[] _pages = new VmMeter?[]?[Pages];
    private readonly ConcurrentDictionary<int, VmMeter> _strangers = new();
    private readonly ConcurrentQueue<MeterBlock> _free = [];
    private readonly List<MeterBlock> _all = [];

    /// <inheritdoc/>
    public override void Record(in PathStep step)
    {
        var block = BlockOfThisThread();
        block.Steps[(int)step.Hop]++;
        switch (step.Hop)
        {
            case PathHop.VmExit:
                var now = clock.GetTimestamp();
                Of(step.Vm)?.Exit(step.Vcpu, now);
                _follower.Offer(step, now);
                break;
            case PathHop.AcrnIntrHandler when Of(step.Vm)?.IsStopped(step.Vcpu) == false:
                // Its guest is on another node: this one's part begins here.
                _follower.Offer(step, clock.GetTimestamp());
                break;
            case PathHop.VmEntry:
                if (Of(step.Vm)?.Enter(step.Vcpu) is > 0 and var stamp)
                {
                    var nanoseconds = (long)((clock.GetTimestamp() - stamp) * _nanoseconds);
                    block.Latencies[LatencyBuckets.Of(nanoseconds)]++;
                    block.LatencySum += nanoseconds;
                }

                break;
            case PathHop.BackendWrite:
                block.BytesWritten += step.Detail;
                Of(step.Vm)?.Settle(step.Detail);
                break;
            case PathHop.BackendRead:
                block.BytesToGuests += step.Detail;
                break;
            default:
                break;
        }

        if (_follower.Follow(step) is >= 0 and var sinceLast)
            block.AddHop(step.Hop, sinceLast);
    }

    /// <inheritdoc/>
    public override void Record(in DropStep step)
    {
        BlockOfThisThread().BytesDropped += step.Length;
        Of(step.Vm)?.Settle(step.Length);
    }

    /// <inheritdoc/>
    public override void Record(in LifeStep step)
    {
        if (step.Change == LifeChange.Crashed)
            BlockOfThisThread().Crashes++;
    }

    /// <inheritdoc/>
    public override void Taken(VmId vm, long bytes)
    {
        BlockOfThisThread().BytesFromGuests += bytes;
        Of(vm)?.Take(bytes);
    }

    /// <inheritdoc/>
    public override void Faulted(VmId vm, long count) => BlockOfThisThread().GuestFaults += count;

    /// <inheritdoc/>
    public IReadOnlyList<VmCounts> TakeChanged(IEnumerable<VmEntry> owned)
    {
        var changed = new List<VmCounts>();
        foreach (var entry in owned)
        {
            if (Find(entry.Vm) is not { } meter)
                continue;
            var now = (meter.Requests, meter.BytesInFlight);
            if (now == meter.Told)
                continue;
            meter.Told = now;
            changed.Add(new VmCounts(entry.Vm, entry.Fence, now.Requests, now.BytesInFlight));
        }

        return changed;
    }

    /// <summary>A VM begins anew.</summary>
    public void Begin(VmId vm) => Find(vm)?.Clear();

    /// <summary>Everything so far, added up.</summary>
    public MeterBlock Total()
    {
        var total = new MeterBlock();
        lock (_all)
        {
            foreach (var block in _all)
            {
                Add(total.Steps, block.Steps);
                Add(total.Latencies, block.Latencies);
                Add(total.HopLatencies, block.HopLatencies);
                Add(total.HopSums, block.HopSums);
                total.BytesFromGuests += Volatile.Read(ref block.BytesFromGuests);
                total.BytesWritten += Volatile.Read(ref block.BytesWritten);
                total.BytesDropped += Volatile.Read(ref block.BytesDropped);
                total.BytesToGuests += Volatile.Read(ref block.BytesToGuests);
                total.GuestFaults += Volatile.Read(ref block.GuestFaults);
                total.Crashes += Volatile.Read(ref block.Crashes);
                total.LatencySum += Volatile.Read(ref block.LatencySum);
            }
        }

        return total;
    }

    private static void Add(long[] sums, long[] values)
    {
        for (var i = 0; i < sums.Length; i++)
            sums[i] += Volatile.Read(ref values[i]);
    }

    private VmMeter? Find(VmId vm) =>
        (uint)vm.Value < Pages << PageBits ? _pages[vm.Value >> PageBits]?[vm.Value & ((1 << PageBits) - 1)] : _strangers.GetValueOrDefault(vm.Value);

    private VmMeter? Of(VmId vm) => Find(vm) ?? Make(vm);

    private VmMeter? Make(VmId vm)
    {
        if ((uint)vm.Value >= Pages << PageBits)
            return _strangers.Count < MaxStrangers ? _strangers.GetOrAdd(vm.Value, static _ => new VmMeter()) : null;
        ref var page = ref _pages[vm.Value >> PageBits];
        if (page is null)
            Interlocked.CompareExchange(ref page, new VmMeter?[1 << PageBits], null);
        ref var meter = ref page[vm.Value & ((1 << PageBits) - 1)];
        if (meter is null)
            Interlocked.CompareExchange(ref meter, new VmMeter(), null);
        return meter;
    }

    private MeterBlock BlockOfThisThread() => _seat is { } seat && seat.Meter == this ? seat.Block : FindSeat().Block;

    /// <summary>A thread serves one node; in tests it may serve several.</summary>
    private Seat FindSeat()
    {
        for (var seat = _seat; seat is not null; seat = seat.Next)
        {
            if (seat.Meter == this)
                return seat;
        }

        if (!_free.TryDequeue(out var block))
        {
            block = new MeterBlock();
            lock (_all)
                _all.Add(block);
        }

        return _seat = new Seat(this, block, _seat);
    }

    /// <summary>A thread's hold on a block; when the thread has ended, another may go on with the block.</summary>
    private sealed class Seat(PathMeter meter, MeterBlock block, Seat? next)
    {
        ~Seat() => Meter._free.Enqueue(Block);

        public PathMeter Meter { get; } = meter;

        public MeterBlock Block { get; } = block;

        public Seat? Next { get; } = next;
    }
}
