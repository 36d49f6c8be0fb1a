using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <content>
/// Ends. Whoever was told that a VM is over may rely on its not being started again, so an end is told when all members know of it: until then any of them would start the VM if
/// this node were lost. A member that can't be reached counts as well, since it may be the one that is left; it says that it knows, or is taken for lost. Neither may come, so the wait
/// has a bound, and an end that is told without it says so.
/// </content>
internal sealed partial class VmOwner
{
    /// <summary>Seconds that an end waits for other nodes to know of it: longer than it takes until a silent one is taken for lost (7 s in production).</summary>
    public const int MostTicksUntold = 10;

    private ClusterHop.StartVm? _next;
    private string? _refusal;
    private bool _isDoubtful;

    private string Doubt => $"not every other node has said within {MostTicksUntold} s that it knows of this; if {node} is lost before they do, {vm} may be started again";

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
            Refuse(reason);
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

    /// <summary>The ledger knows of a later incarnation: that one is others' to speak of.</summary>
    public void Outdated(FencingToken fence)
    {
        if (fence != _fence || State != VmOwnerState.Closing)
            return;
        effects.Say($"{vm}: nobody is told of the end of {_fence}, a later incarnation is elsewhere.");
        Leave();
    }

    private void StopMachine()
    {
        State = VmOwnerState.Ending;
        IsWaiting = false;
        effects.StopMachine();
    }

    private void End(ClusterHop.VmDown down)
    {
        _down = down;
        Close(VmEntryState.Ended);
    }

    private void Refuse(string reason)
    {
        _refusal = reason;
        Close(VmEntryState.Forgotten);
    }

    private void Close(VmEntryState entry)
    {
        State = VmOwnerState.Closing;
        _ticksToWait = MostTicksUntold;
        IsWaiting = true;
        Record(entry, isAnswered: true);
    }

    /// <summary>Tells the end.</summary>
    /// <param name="isDoubtful">It isn't known that all others know.</param>
    private void Conclude(bool isDoubtful)
    {
        _isDoubtful = isDoubtful;
        if (isDoubtful)
            effects.Say($"{vm} has ended, and {Doubt}.");
        if (_refusal is { } reason)
        {
            effects.Tell(_observer, new MachineHop.VmRefused(vm, isDoubtful ? $"{reason}; {Doubt}" : reason));
            State = VmOwnerState.Left;
        }
        else
        {
            State = VmOwnerState.Ended;
            Say();
        }

        if (_next is { } start && !_isHandedOff)
            Begin(start);
        else if (_isHandedOff || State == VmOwnerState.Left)
            Leave();
    }

    /// <summary>What the observer is told of an end.</summary>
    private ClusterHop.VmDown LastWord() => !_isDoubtful ? _down! : _down! with { Detail = _down!.Detail is { } detail ? $"{detail}; {Doubt}" : Doubt };

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
}
