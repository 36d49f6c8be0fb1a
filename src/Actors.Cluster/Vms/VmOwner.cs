using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>
/// Decides about one VM: when it is launched, what its observer hears and until when, what the ledger says, and what becomes of it when its shard moves. A start
/// takes a token first; the observer hears of it when the machine runs *and* other nodes know of it, so that whoever was told that a VM runs may rely on its
/// being started again.
/// </summary>
internal sealed class VmOwner(VmId vm, string node, IVmOwnerEffects effects)
{
    /// <summary>Times that something is said again to an observer that doesn't answer, at growing distances: about a quarter of an hour.</summary>
    public const int MostRepeats = 32;

    /// <summary>Times that a VM which was started elsewhere is tried again, a second apart, when it is refused.</summary>
    public const int MostLaunches = 10;

    private TokenRaises _raises = new();
    private VmSpec? _spec;
    private VmPlacement _placement;
    private IActorRef _observer = ActorRefs.Nobody;
    private FencingToken _fence;
    private FencingToken _floor;
    private FencingToken _machine;
    private FencingToken _seen;
    private ImmutableArray<string> _notices = [];
    private VmLoss? _loss;
    private ClusterHop.VmDown? _down;
    private bool _isRecorded;
    private bool _isHandedOff;
    private bool _isStopWanted;
    private int _repeats;
    private int _ticksToWait;
    private int _launches;
    private bool _mustLaunch;

    /// <summary>How far it is.</summary>
    public VmOwnerState State { get; private set; }

    /// <summary>The current incarnation.</summary>
    public FencingToken Fence => _fence;

    /// <summary>True while ticks are needed: somebody has not answered.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>True when the machine runs here, or is being made or ended.</summary>
    public bool HasMachine => State is VmOwnerState.Launching or VmOwnerState.Running or VmOwnerState.Ending;

    /// <summary>What the ledger knew of the VM before this owner heard of it; said first.</summary>
    /// <param name="entry">Null when nothing is known.</param>
    /// <param name="loss">What its last incarnation had in flight, when it was lost.</param>
    public void Begin(VmEntry? entry, VmLoss? loss)
    {
        if (entry is null || State != VmOwnerState.Empty)
            return;
        _floor = entry.Fence;
        switch (entry.State)
        {
            case VmEntryState.Owned or VmEntryState.Vacant:
                Take(entry.Spec, entry.Placement, entry.Observer);
                _loss = loss;
                AskToken();
                break;
            case VmEntryState.Ended when entry.Down is not null:
                Take(entry.Spec, entry.Placement, entry.Observer);
                _fence = entry.Fence;
                _down = entry.Down;
                State = VmOwnerState.Ended;
                Say();
                break;
            default:
                break;
        }
    }

    /// <summary>Somebody wants the VM.</summary>
    public void Start(ClusterHop.StartVm start)
    {
        if (State == VmOwnerState.Empty)
        {
            Take(start.Spec, start.Placement, start.Observer);
            AskToken();
            return;
        }

        if (!SpecComparison.AreSame(_spec!, start.Spec) || _placement != start.Placement)
        {
            if (State == VmOwnerState.Ended)
            {
                Begin(start);
                return;
            }

            effects.Tell(start.Observer, new MachineHop.VmRefused(vm, $"There is a {vm} of another kind in the cluster; stop it first or take another number."));
            return;
        }

        var isNew = !_observer.Equals(start.Observer);
        _observer = start.Observer;
        if (isNew && State == VmOwnerState.Running)
            Record(VmEntryState.Owned);
        if (State == VmOwnerState.Ended || Announces)
            Say();
    }

    /// <summary>A token came.</summary>
    public void Take(FencingToken token)
    {
        if (State != VmOwnerState.Fencing)
            return;
        if (_isHandedOff)
        {
            Vacate();
            return;
        }

        if (token <= _floor || token <= _seen)
        {
            effects.AskToken(_floor, _seen);
            return;
        }

        _fence = token;
        if (_isStopWanted)
        {
            End(new ClusterHop.VmDown(vm, _fence, VmEnd.Stopped, null, []));
            return;
        }

        State = VmOwnerState.Launching;
        _isRecorded = false;
        _launches = 1;
        Record(VmEntryState.Owned);
        Launch();
    }

    /// <summary>The machine runs.</summary>
    public void Started(ImmutableArray<string> notices)
    {
        if (State != VmOwnerState.Launching)
            return;
        State = VmOwnerState.Running;
        _notices = notices;
        if (_isStopWanted || _isHandedOff)
            StopMachine();
        else if (_isRecorded)
            Say();
    }

    /// <summary>The service side is elsewhere, with a higher token, and the guest went on: the observer hears of it as of a new incarnation, but that nothing was lost.</summary>
    public void ServiceMoved(FencingToken fence, ImmutableArray<string> notices)
    {
        if (State is not (VmOwnerState.Running or VmOwnerState.Ending) || fence < _fence)
            return;
        _fence = fence;
        _notices = notices;
        _isRecorded = false;
        Record(VmEntryState.Owned);
    }

    /// <summary>A backend of the machine remembers a higher token than it has.</summary>
    /// <param name="machine">Which machine: the token that it was launched with. Another one than this owner's is nothing to it.</param>
    /// <param name="seen">What it remembers.</param>
    public void Fenced(FencingToken machine, FencingToken seen)
    {
        if (machine == _machine)
            Fenced(seen);
    }

    /// <summary>A backend of what belongs to this VM now remembers a higher token.</summary>
    public void Fenced(FencingToken seen)
    {
        if (State != VmOwnerState.Running || _isStopWanted || _isHandedOff)
            return;
        switch (Weigh(seen))
        {
            case RaiseChoice.Tell:
                effects.Raise(_machine, _fence);
                break;
            case RaiseChoice.Ask:
                effects.AskToken(_fence, seen);
                break;
            default:
                break;
        }
    }

    /// <summary>A token for the machine that runs: it goes on with that, and the observer hears of it as of a service side that moved.</summary>
    public void Raised(FencingToken token)
    {
        if (State != VmOwnerState.Running || token <= _fence)
            return;
        _fence = token;
        effects.Say($"{vm}: it goes on with {token}, above what a backend remembers.");
        _isRecorded = false;
        Record(VmEntryState.Owned);
        effects.Raise(_machine, _fence);
    }

    /// <summary>Other nodes know of the incarnation.</summary>
    public void Recorded(FencingToken fence)
    {
        if (fence != _fence || _isRecorded)
            return;
        _isRecorded = true;
        if (State == VmOwnerState.Running)
            Say();
    }

    /// <summary>The machine can't be made.</summary>
    /// <param name="reason">A sentence.</param>
    /// <param name="seen">A higher token that a backend has seen, or none.</param>
    public void Refused(string reason, FencingToken seen = default)
    {
        if (!HasMachine)
            return;
        if (_isHandedOff)
        {
            Vacate();
        }
        else if (seen > _fence && !_isStopWanted && Weigh(seen) == RaiseChoice.Ask)
        {
            // It may remember more than the cluster, which was started anew with its clocks set back; or this owner is the one before. The office tells one from the other.
            _seen = seen;
            AskToken();
        }
        else if (_loss is not null && _launches <= MostLaunches && !_isStopWanted)
        {
            // What the incarnation before it held may still be on its way out.
            _mustLaunch = true;
            _ticksToWait = 1;
            IsWaiting = true;
        }
        else if (_loss is null)
        {
            effects.Tell(_observer, new MachineHop.VmRefused(vm, reason));
            Record(VmEntryState.Forgotten);
            Leave();
        }
        else
        {
            End(new ClusterHop.VmDown(vm, _fence, VmEnd.Failed, $"it could not be started again: {reason}", []));
        }
    }

    /// <summary>The machine is gone.</summary>
    public void Ended(MachineHop.VmEnded ended)
    {
        if (!HasMachine)
            return;
        if (_isHandedOff && ended.End == VmEnd.Stopped && !_isStopWanted)
            Vacate();
        else
            End(new ClusterHop.VmDown(vm, _fence, ended.End, ended.Detail, ended.Ports));
    }

    /// <summary>Somebody wants its end.</summary>
    public void Stop(IActorRef asker)
    {
        switch (State)
        {
            case VmOwnerState.Empty:
                effects.Tell(asker, new ClusterHop.VmDown(vm, _floor, VmEnd.Stopped, "it did not run", []));
                Leave();
                break;
            case VmOwnerState.Ended:
                Say();
                break;
            case VmOwnerState.Running:
                _isStopWanted = true;
                StopMachine();
                break;
            default:
                _isStopWanted = true;
                break;
        }
    }

    /// <summary>The shard moves: the machine ends here and starts elsewhere.</summary>
    public void HandOff()
    {
        _isHandedOff = true;
        switch (State)
        {
            case VmOwnerState.Empty or VmOwnerState.Ended:
                Leave();
                break;
            case VmOwnerState.Fencing:
                Vacate();
                break;
            case VmOwnerState.Running:
                StopMachine();
                break;
            default:
                break;
        }
    }

    /// <summary>The observer has heard.</summary>
    public void Seen(FencingToken fence)
    {
        if (fence != _fence)
            return;
        if (State == VmOwnerState.Running)
        {
            _loss = null;
            IsWaiting = false;
        }
        else if (State == VmOwnerState.Ended)
        {
            Record(VmEntryState.Forgotten);
            Leave();
        }
    }

    /// <summary>A second passed while <see cref="IsWaiting"/>.</summary>
    public void Tick()
    {
        if (!IsWaiting || --_ticksToWait > 0)
            return;
        if (_mustLaunch)
        {
            _mustLaunch = false;
            IsWaiting = false;
            _launches++;
            Launch();
            return;
        }

        if (_repeats < MostRepeats)
        {
            Say(isRepeated: true);
            return;
        }

        // Nobody is there. What runs goes on; an end that nobody wants to know is over.
        IsWaiting = false;
        if (State == VmOwnerState.Ended)
        {
            Record(VmEntryState.Forgotten);
            Leave();
        }
    }

    /// <summary>What had this name has ended and was told so at least once: who wants another machine needn't wait until somebody says that it was heard.</summary>
    private void Begin(ClusterHop.StartVm start)
    {
        _floor = _fence;
        (_loss, _down, _notices) = (null, null, []);
        (_isStopWanted, _mustLaunch, IsWaiting) = (false, false, false);
        (_repeats, _raises, _seen) = (0, new TokenRaises(), default);
        Take(start.Spec, start.Placement, start.Observer);
        AskToken();
    }

    private bool Announces => State == VmOwnerState.Running && _isRecorded;

    private void Take(VmSpec spec, VmPlacement placement, IActorRef observer)
    {
        _spec = spec;
        _placement = placement;
        _observer = observer;
    }

    private void AskToken()
    {
        State = VmOwnerState.Fencing;
        effects.AskToken(_floor, _seen);
    }

    private RaiseChoice Weigh(FencingToken seen)
    {
        var choice = _raises.Weigh(_fence, seen, _spec!.Devices.Sum(static device => device.Ports.Length));
        if (_raises.Explain(choice, vm, seen) is { } sentence)
            effects.Say(sentence);
        return choice;
    }

    private void Launch()
    {
        _machine = _fence;
        _seen = default;
        effects.Launch(_spec!, _placement, _fence);
    }

    private void StopMachine()
    {
        State = VmOwnerState.Ending;
        IsWaiting = false;
        effects.StopMachine();
    }

    private void End(ClusterHop.VmDown down)
    {
        State = VmOwnerState.Ended;
        _down = down;
        Record(VmEntryState.Ended);
        Say();
        if (_isHandedOff)
            Leave();
    }

    private void Vacate()
    {
        if (_fence < _floor)
            _fence = _floor;
        if (_fence.IsGuarded)
            Record(VmEntryState.Vacant);
        Leave();
    }

    private void Leave()
    {
        State = VmOwnerState.Left;
        IsWaiting = false;
        effects.Leave();
    }

    private void Record(VmEntryState state) =>
        effects.Record(new VmEntry(vm, _fence, state, node, _spec!, _placement, _observer, state == VmEntryState.Ended ? _down : null));

    private void Say(bool isRepeated = false)
    {
        object message = State == VmOwnerState.Ended
            ? _down!
            : new ClusterHop.VmUp(vm, _fence, node, effects.ServiceNode, _loss, _notices);
        effects.Tell(_observer, message);
        _repeats = isRepeated ? _repeats + 1 : 0;
        _ticksToWait = Math.Min(1 << Math.Min(_repeats, 5), 30);
        IsWaiting = true;
    }
}

/// <summary>How far an owner is.</summary>
internal enum VmOwnerState : byte
{
    /// <summary>It knows nothing of the VM.</summary>
    Empty,

    /// <summary>It waits for a token.</summary>
    Fencing,

    /// <summary>The machine is being made.</summary>
    Launching,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is being ended.</summary>
    Ending,

    /// <summary>It has ended, and the observer hasn't said that it knows.</summary>
    Ended,

    /// <summary>Nothing is left.</summary>
    Left,
}
