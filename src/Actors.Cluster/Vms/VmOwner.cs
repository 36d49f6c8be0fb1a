using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>
/// Decides about one VM: when it is launched, what its observer hears and until when, what the ledger says, and what becomes of it when its shard moves. A start
/// takes a token first; the observer hears of it when the machine runs *and* other nodes know of it, so that whoever was told that a VM runs may rely on its
/// being started again. Of an end it hears when other nodes know of that.
/// </summary>
internal sealed partial class VmOwner(VmId vm, string node, IVmOwnerEffects effects)
{
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
                End(entry.Down);
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

            if (State == VmOwnerState.Closing)
            {
                _next = start;
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
        (_isRecorded, _isUpOwed) = (false, false);
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
        _isUpOwed = true;
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
        (_isRecorded, _isUpOwed) = (false, true);
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
        (_isRecorded, _isUpOwed) = (false, true);
        Record(VmEntryState.Owned);
        effects.Raise(_machine, _fence);
    }

    /// <summary>What had this name has ended and was told so at least once: who wants another machine needn't wait until somebody says that it was heard.</summary>
    private void Begin(ClusterHop.StartVm start)
    {
        _floor = _fence;
        (_loss, _down, _refusal, _next, _notices) = (null, null, null, null, []);
        (_isStopWanted, _mustLaunch, _isDoubtful, _isUpOwed, IsWaiting) = (false, false, false, false, false);
        (_repeats, _raises, _seen) = (0, new TokenRaises(), default);
        Take(start.Spec, start.Placement, start.Observer);
        AskToken();
    }

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

    private void Record(VmEntryState state, bool isAnswered = false) => effects.Record(
        new VmEntry(vm, _fence, state, node, _spec!, _placement, _observer, state == VmEntryState.Ended ? _down : null),
        isAnswered || state == VmEntryState.Owned);
}
