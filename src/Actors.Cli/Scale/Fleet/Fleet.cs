using Actors.Protocol;

namespace Actors.Cli;

/// <summary>
/// Which VMs are wanted, starting, up and down: the core of the test's side of <see cref="ClusterHop"/>. Nothing here sends; times are nanoseconds of the test's clock.
/// </summary>
/// <param name="vms">How many.</param>
/// <param name="ramp">Started each second; 0: as many as are answered.</param>
internal sealed class Fleet(int vms, int ramp)
{
    /// <summary>VMs that are starting, at most, before the next is asked for.</summary>
    public const int MostStarting = 256;

    /// <summary>Nanoseconds after which an unanswered request is made again: its node may be gone.</summary>
    public const long Patience = 5_000_000_000;

    /// <summary>Nanoseconds in which no VM came up or ended after which the others are given up.</summary>
    public const long RampPatience = 120_000_000_000;

    private readonly Vm[] _vms = new Vm[vms];
    private readonly Queue<int> _starting = new();
    private int _next;
    private int _startingCount;
    private long _began = -1;
    private long _newsAt = -1;

    /// <summary>VMs that run now.</summary>
    public int Up { get; private set; }

    /// <summary>VMs that ended.</summary>
    public int Down { get; private set; }

    /// <summary>New incarnations of VMs whose guest was lost or moved.</summary>
    public int Restarts { get; private set; }

    /// <summary>Times that a VM's service side came back on another node and its guest went on.</summary>
    public int Takeovers { get; private set; }

    /// <summary>Of them, those whose loss was told, what was in flight: requests.</summary>
    public long RequestsInFlight { get; private set; }

    /// <summary>Bytes in flight, as nodes tell.</summary>
    public long BytesInFlight { get; private set; }

    /// <summary>VMs that ended although nobody wanted it, and the first of them in a sentence.</summary>
    public int Failed { get; private set; }

    /// <summary>The first thing that went wrong with a VM.</summary>
    public string? FirstProblem { get; private set; }

    /// <summary>When all were up, or -1.</summary>
    public long AllUpAt { get; private set; } = -1;

    /// <summary>VMs in all.</summary>
    public int Count => vms;

    /// <summary>True when every VM ended or can't be made.</summary>
    public bool IsOver => Down == vms;

    /// <summary>True when some VMs are not up and nothing has become of any for a long time.</summary>
    public bool IsStuck(long now) => AllUpAt < 0 && _began >= 0 && now - Math.Max(_began, _newsAt) >= RampPatience;

    /// <summary>When the first VM was asked for.</summary>
    public long Began => _began;

    /// <summary>VM ids are from 1.</summary>
    public static VmId IdOf(int index) => new(index + 1);

    /// <summary>Time passed: VMs to ask for now.</summary>
    public void Start(long now, Action<VmId, int> ask)
    {
        if (_began < 0)
            _began = now;
        var allowed = ramp == 0 ? vms : (int)Math.Min(vms, 1 + ((now - _began) / 1e9 * ramp));
        while (_next < allowed && _startingCount < MostStarting)
        {
            _vms[_next] = new Vm(Stage.Starting, now);
            _starting.Enqueue(_next);
            _startingCount++;
            ask(IdOf(_next++), 0);
        }

        while (_starting.TryPeek(out var oldest))
        {
            ref var vm = ref _vms[oldest];
            if (vm.Stage == Stage.Starting && now - vm.Asked < Patience)
                break;
            _starting.Dequeue();
            if (vm.Stage != Stage.Starting)
                continue;
            vm.Asked = now;
            vm.Tries++;
            _starting.Enqueue(oldest);
            ask(IdOf(oldest), vm.Tries);
        }
    }

    /// <summary>A VM runs. True when it is news: a first or a new incarnation.</summary>
    public bool TakeUp(ClusterHop.VmUp up, long now)
    {
        if (!TryFind(up.Vm, out var index))
            return false;
        ref var vm = ref _vms[index];
        if (vm.Stage is Stage.Down || up.Fence < vm.Fence || (up.Fence == vm.Fence && vm.GuestNode is not null))
            return false;
        if (vm.GuestNode is not null)
        {
            if (up.Lost is not null || up.GuestNode != vm.GuestNode)
                Restarts++;
            else
                Takeovers++;
            vm.Restarts += up.Lost is not null || up.GuestNode != vm.GuestNode ? 1 : 0;
            RequestsInFlight += up.Lost?.Requests ?? 0;
            BytesInFlight += up.Lost?.BytesInFlight ?? 0;
        }

        vm.Fence = up.Fence;
        vm.GuestNode = up.GuestNode;
        if (vm.Stage == Stage.Starting)
        {
            vm.Stage = Stage.Up;
            Up++;
            _startingCount--;
            _newsAt = now;
            if (Up + Down == vms && AllUpAt < 0)
                AllUpAt = now;
        }

        return true;
    }

    /// <summary>A VM is gone. True when it is news.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="isExpected">It powered off when it was done, or was told to stop.</param>
    /// <param name="sentence">What happened, where it isn't expected.</param>
    /// <param name="now">The time.</param>
    public bool TakeDown(VmId vm, bool isExpected, string sentence, long now)
    {
        if (!TryFind(vm, out var index) || _vms[index].Stage is Stage.Down)
            return false;
        ref var found = ref _vms[index];
        if (found.Stage == Stage.Up)
            Up--;
        else
            _startingCount--;
        found.Stage = Stage.Down;
        Down++;
        _newsAt = now;
        if (Up + Down == vms && AllUpAt < 0)
            AllUpAt = now;
        if (!isExpected)
        {
            Failed++;
            FirstProblem ??= sentence;
        }

        return true;
    }

    /// <summary>VMs that have not ended.</summary>
    public IEnumerable<VmId> Living()
    {
        for (var i = 0; i < vms; i++)
        {
            if (_vms[i].Stage is Stage.Up or Stage.Starting)
                yield return IdOf(i);
        }
    }

    /// <summary>Where a VM's guest is, or null.</summary>
    public string? NodeOf(VmId vm) => TryFind(vm, out var index) ? _vms[index].GuestNode : null;

    /// <summary>New incarnations of one VM.</summary>
    public int RestartsOf(VmId vm) => TryFind(vm, out var index) ? _vms[index].Restarts : 0;

    private bool TryFind(VmId vm, out int index)
    {
        index = vm.Value - 1;
        return index >= 0 && index < _next;
    }

    private enum Stage : byte
    {
        Wanted,
        Starting,
        Up,
        Down,
    }

    private struct Vm(Stage stage, long asked)
    {
        public Stage Stage = stage;
        public long Asked = asked;
        public int Tries;
        public int Restarts;
        public FencingToken Fence;
        public string? GuestNode;
    }
}
