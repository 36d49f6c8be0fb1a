using System.Collections.Immutable;
using Actors.Cluster;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>
/// What the outside sees of the VMs of a run: which incarnation was announced where, which one's bytes came, and whether each byte is the one that had to come. The oracles I1, I20,
/// I24 and L4 judge by this book alone. It is told by the receiver's threads and by actors; times are of the run.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="now">The time.</param>
internal sealed class RealVms(Plan plan, Func<TimeSpan> now) : IStreamWatcher
{
    /// <summary>Bytes of a line.</summary>
    public const int LineBytes = 64;

    private readonly Lock _gate = new();
    private readonly Entry[] _vms = [.. Enumerable.Range(0, plan.Topology.Vms).Select(vm => new Entry(RealPlan.KeyOf(new VmId(vm))))];
    private readonly List<Violation> _violations = [];
    private readonly SortedSet<string> _reached = new(StringComparer.Ordinal);

    /// <summary>What was violated: the first of each oracle.</summary>
    public ImmutableArray<Violation> Violations
    {
        get
        {
            lock (_gate)
                return [.. _violations];
        }
    }

    /// <summary>Points that were reached.</summary>
    public ImmutableArray<string> Reached
    {
        get
        {
            lock (_gate)
                return [.. _reached];
        }
    }

    /// <summary>Bytes that came.</summary>
    public long Bytes => Sum(static vm => vm.Lines.Arrived);

    /// <summary>Incarnations that sent bytes, of all VMs.</summary>
    public long Incarnations => Sum(static vm => vm.Writers);

    /// <summary>Writers that the receiver refused because of a later one.</summary>
    public long Refused { get; private set; }

    /// <summary>Longest time from the last byte of an incarnation to the first of the next one.</summary>
    public TimeSpan LongestRecovery => Longest(static vm => vm.Recovery);

    /// <summary>Longest silence of an incarnation that went on.</summary>
    public TimeSpan LongestStall => Longest(static vm => vm.Stall);

    /// <summary>VMs.</summary>
    public int Count => _vms.Length;

    /// <summary>Whether all VMs were announced.</summary>
    public bool AreUp => All(static vm => vm.Up is not null);

    /// <summary>Whether all VMs have ended.</summary>
    public bool AreDown => All(static vm => vm.Down is not null);

    /// <summary>When the VM that has been silent for longest said its last byte.</summary>
    public TimeSpan LastOfSilentest
    {
        get
        {
            lock (_gate)
                return _vms.Min(static vm => vm.LastByte);
        }
    }

    /// <summary>Last byte of a VM.</summary>
    public TimeSpan LastByteOf(int vm)
    {
        lock (_gate)
            return _vms[vm].LastByte;
    }

    /// <summary>Node of a VM's guest, as it was announced last; null: not yet.</summary>
    public string? NodeOf(int vm)
    {
        lock (_gate)
            return _vms[vm].Up?.GuestNode;
    }

    /// <summary>A point was reached.</summary>
    public void Mark(string point)
    {
        lock (_gate)
            _reached.Add(point);
    }

    /// <summary>Something is not as it must be.</summary>
    public void Violate(string oracle, string what)
    {
        lock (_gate)
        {
            var judges = (plan.Check.IsEmpty || plan.Check.Contains(oracle)) && !plan.Except.Any(except => except.Oracle == oracle);
            if (judges && !_violations.Exists(one => one.Oracle == oracle))
                _violations.Add(new Violation(oracle, what, new Moment(now().Ticks, 0, 0, -1, -1)));
        }
    }

    /// <summary>An incarnation is announced. True when it is news.</summary>
    public bool TakeUp(ClusterHop.VmUp up)
    {
        lock (_gate)
        {
            if (!Find(up.Vm, out var vm))
                return false;
            if (vm.Up is { } before && before.Fence == up.Fence)
            {
                // An announcement is repeated until it is seen; another place with the same token is another incarnation.
                if (before.GuestNode != up.GuestNode || before.ServiceNode != up.ServiceNode)
                    Violate("I20", $"VM {up.Vm.Value}: it runs on {before.GuestNode} and on {up.GuestNode} with the same token {up.Fence.Value}");
                return false;
            }

            if (!vm.Book.Begin(up.Fence.Value) || up.Fence < (vm.Up?.Fence ?? default))
                return false;
            if (vm.Up is not null)
                _reached.Add("vm.taken-over");
            vm.Up = up;
            return true;
        }
    }

    /// <summary>A VM is gone for good.</summary>
    public void TakeDown(ClusterHop.VmDown down)
    {
        lock (_gate)
        {
            if (Find(down.Vm, out var vm) && vm.Down is null)
                vm.Down = down;
        }
    }

    /// <summary>A writer of a VM's bytes greets the receiver. False: a later one has been here.</summary>
    public bool Claim(VmId id, FencingToken token)
    {
        lock (_gate)
        {
            if (!Find(id, out var vm))
                return false;
            if (token.Value < vm.Claimed)
            {
                Refused++;
                _reached.Add("backend.fenced");
                return false;
            }

            if (token.Value > vm.Claimed)
            {
                vm.Claimed = token.Value;
                vm.IsNew = vm.Writers > 0;
                vm.Lines.AllowRestart();
            }

            return true;
        }
    }

    /// <summary>Bytes came from the writer with a token.</summary>
    public void Take(VmId id, FencingToken token, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!Find(id, out var vm) || bytes.IsEmpty)
                return;
            var time = now();
            if (!vm.Book.Act(token.Value))
                Violate("I24", $"VM {id.Value}: {bytes.Length} bytes came with token {token.Value}, after bytes with {vm.Book.Acting}");
            if (vm.Writers == 0 || vm.IsNew)
                vm.Writers++;
            var gap = time - vm.LastByte;
            if (vm.IsNew)
                vm.Recovery = gap > vm.Recovery ? gap : vm.Recovery;
            else if (vm.LastByte > TimeSpan.Zero && gap > vm.Stall)
                vm.Stall = gap;
            vm.IsNew = false;
            vm.LastByte = time;
            vm.Lines.Take(bytes);
            Judge(id, vm, "of the last incarnation");
        }
    }

    /// <summary>All VMs were told to stop, and did: is everything here that their backends say they wrote?</summary>
    public void Finish()
    {
        lock (_gate)
        {
            for (var index = 0; index < _vms.Length; index++)
            {
                var vm = _vms[index];
                if (vm.Down is not { } down)
                    continue;
                if (down.End is not (VmEnd.Stopped or VmEnd.PowerOff))
                    Violate("L4", $"VM {index} ended by {down.End}{(down.Detail is null ? "" : ": " + down.Detail)}");
                var written = down.Ports.IsDefaultOrEmpty ? 0 : down.Ports[0].Written;
                var had = vm.Lines.Lost;
                vm.Lines.FinishBytes(written);
                if (vm.Lines.Lost > had)
                    Violate("L4", $"VM {index}: {written} bytes of its last incarnation were written, and {vm.Lines.ArrivedInLife} are here");
                Judge(new VmId(index), vm, "at the end");
            }
        }
    }

    private void Judge(VmId id, Entry vm, string when)
    {
        if (!vm.Lines.IsClean)
            Violate("I1", $"VM {id.Value}: {vm.Lines.Lost} bytes are missing and {vm.Lines.Doubled} are there that should not be, {when}");
    }

    private bool Find(VmId id, out Entry vm)
    {
        var isThere = (uint)id.Value < (uint)_vms.Length;
        vm = isThere ? _vms[id.Value] : null!;
        return isThere;
    }

    private bool All(Func<Entry, bool> has)
    {
        lock (_gate)
            return _vms.All(has);
    }

    private long Sum(Func<Entry, long> of)
    {
        lock (_gate)
            return _vms.Sum(of);
    }

    private TimeSpan Longest(Func<Entry, TimeSpan> of)
    {
        lock (_gate)
            return _vms.Max(of);
    }

    private sealed class Entry(uint key)
    {
        public OwnershipBook Book { get; } = new();

        public LineOracle Lines { get; } = new(key, LineBytes);

        public ClusterHop.VmUp? Up { get; set; }

        public ClusterHop.VmDown? Down { get; set; }

        public ulong Claimed { get; set; }

        public bool IsNew { get; set; }

        public int Writers { get; set; }

        public TimeSpan LastByte { get; set; }

        public TimeSpan Recovery { get; set; }

        public TimeSpan Stall { get; set; }
    }
}
