using System.Collections.Immutable;
using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>
/// What the outside sees of the VMs of a run: which incarnation was announced where, which one's bytes came, and whether each byte is the one that had to come. It is judged by the
/// rules that judge the world: <see cref="OwnershipRules"/> (I20), <see cref="FenceRules"/> (I24), <see cref="StreamRules"/> (I1, L4). It is told by the receiver's threads and by
/// actors; times are of the run.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="now">The time.</param>
internal sealed partial class RealVms(Plan plan, Func<TimeSpan> now)
{
    /// <summary>Bytes of a line.</summary>
    public const int LineBytes = 64;

    private readonly Lock _gate = new();
    private readonly Entry[] _vms = [.. Enumerable.Range(0, plan.Topology.Vms).Select(vm => new Entry(vm))];
    private readonly OwnershipRules _ownership = new(plan.Topology.Vms);
    private readonly FenceRules _fences = new();
    private readonly List<(ulong Token, string Guest, string Service)> _incarnations = [];
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
    public long Bytes => Sum(static vm => vm.Bytes.Arrived);

    /// <summary>Incarnations that sent bytes, of all VMs.</summary>
    public long Incarnations => Sum(static vm => vm.Writers);

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
    /// <param name="up">What was announced; it is repeated until it is seen.</param>
    /// <param name="node">Number of the guest's node.</param>
    public bool TakeUp(ClusterHop.VmUp up, int node)
    {
        lock (_gate)
        {
            if (!Find(up.Vm, out var vm))
                return false;
            Judge("I20", _ownership.Begun(up.Vm.Value, NumberOf(up), node, up.Fence.Value, out var isNews));
            if (!isNews || up.Fence < (vm.Up?.Fence ?? default))
                return false;
            if (vm.Up is not null)
                _reached.Add("vm.taken-over");
            if (vm.Up is { } before && before.GuestNode == up.GuestNode && before.ServiceNode != up.ServiceNode)
                _reached.Add("service.adopted");
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

    /// <summary>The stream of a VM's bytes; null: there is no such VM.</summary>
    public IStreamTap? StreamOf(VmId vm) => Find(vm, out var found) ? new Stream(this, vm.Value, found) : null;

    /// <summary>Bytes that came from a process, where nobody says with which token: who comes later to a VM is its later owner. A process that lost a VM ends, so it is no later owner once more.</summary>
    /// <param name="id">The VM.</param>
    /// <param name="process">The process.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isLate">They had been written for a while: that they come now is no sign of life.</param>
    public void TakeFrom(VmId id, int process, ReadOnlySpan<byte> bytes, bool isLate)
    {
        if (!Find(id, out var vm))
            return;
        lock (_gate)
        {
            var rank = vm.Processes.IndexOf(process);
            if (rank < 0)
            {
                rank = vm.Processes.Count;
                vm.Processes.Add(process);
            }

            var token = new FencingToken((ulong)rank + 1);
            Claim(id.Value, vm, token);
            Take(id.Value, vm, token, bytes, isLate);
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
                Judge("L4", vm.Bytes.Finish(down.Ports.IsDefaultOrEmpty ? 0 : down.Ports[0].Written));
            }
        }
    }

    private static void Lines(Span<byte> bytes, int vm, long position)
    {
        Span<byte> line = stackalloc byte[LineBytes];
        for (var done = 0; done < bytes.Length;)
        {
            NumberedLine.Write(line, RealPlan.KeyOf(new VmId(vm)), (position + done) / LineBytes);
            var part = line[(int)((position + done) % LineBytes)..];
            part = part[..Math.Min(part.Length, bytes.Length - done)];
            part.CopyTo(bytes[done..]);
            done += part.Length;
        }
    }

    private void Judge(string oracle, string? wrong)
    {
        if (wrong is not null)
            Violate(oracle, wrong);
    }

    /// <summary>A token at a place is one incarnation, however often it is announced.</summary>
    private int NumberOf(ClusterHop.VmUp up)
    {
        var one = (up.Fence.Value, up.GuestNode, up.ServiceNode);
        if (!_incarnations.Contains(one))
            _incarnations.Add(one);
        return _incarnations.IndexOf(one);
    }

    private void Claim(int id, Entry vm, FencingToken token)
    {
        lock (_gate)
        {
            Admit(id, token);
            if (token.Value <= vm.Claimed)
                return;
            vm.Claimed = token.Value;
            vm.IsNew = vm.Writers > 0;
        }
    }

    private void Take(int id, Entry vm, FencingToken token, ReadOnlySpan<byte> bytes, bool isLate = false)
    {
        lock (_gate)
        {
            var time = now();
            Admit(id, token);
            if (isLate)
            {
                Judge("I1", vm.Bytes.Take(token.Value, guest: id, bytes));
                return;
            }

            if (vm.Writers == 0 || vm.IsNew)
                vm.Writers++;
            var gap = time - vm.LastByte;
            if (vm.IsNew)
                vm.Recovery = gap > vm.Recovery ? gap : vm.Recovery;
            else if (vm.LastByte > TimeSpan.Zero && gap > vm.Stall)
                vm.Stall = gap;
            vm.IsNew = false;
            vm.LastByte = time;
            Judge("I1", vm.Bytes.Take(token.Value, guest: id, bytes));
        }
    }

    private void Admit(int vm, FencingToken token)
    {
        Judge("I24", _fences.Admitted(vm, 0, 0, token.Value));
        Judge("I20", _ownership.Acted(vm, -1, token.Value));
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
}
