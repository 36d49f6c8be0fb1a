using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Decides where HSM and device model of one VM are whose guest is on this node: has the machine made at a service node, and taken over at another when that node is lost or leaves, each time
/// with a higher token, so that what the earlier one still does has no effect. Every order is said again until it is answered. No actor in it.
/// </summary>
internal sealed class SplitService(VmId vm, ISplitEffects effects)
{
    private FencingToken _fence;
    private FencingToken _floor;
    private string? _except;
    private bool _wasMade;
    private bool _isStopWanted;
    private bool _wasTold;

    /// <summary>How far it is.</summary>
    public SplitState State { get; private set; }

    /// <summary>host:port of the service node, or null.</summary>
    public string? Node { get; private set; }

    /// <summary>The end was asked for and hasn't come.</summary>
    public bool IsStopping => _isStopWanted && State != SplitState.Over;

    /// <summary>The token of the service side.</summary>
    public FencingToken Fence => _fence;

    /// <summary>The token of the order by which it was made: which machine of the VM it is.</summary>
    public FencingToken Ordered { get; private set; }

    /// <summary>Has the machine made.</summary>
    public void Launch(FencingToken fence)
    {
        if (State != SplitState.Idle)
            return;
        _fence = fence;
        Place();
    }

    /// <summary>Ends the machine in order; one that waits for a node ends when it has one.</summary>
    public void Stop()
    {
        _isStopWanted = true;
        if (State == SplitState.Running)
            effects.Send(Node!, new MachineHop.StopVm(vm));
        else if (State == SplitState.Waiting && !_wasMade)
            End(new MachineHop.VmEnded(vm, VmEnd.Stopped, null, []));
    }

    /// <summary>A service node is there.</summary>
    public void NodeCame()
    {
        if (State == SplitState.Waiting)
            Place();
    }

    /// <summary>A service node is gone, or goes: nothing that it still says counts.</summary>
    public void NodeGone(string node)
    {
        if (node != Node || State is not (SplitState.Ordering or SplitState.Running))
            return;
        Vacate();
        _wasMade = true;
        effects.AskToken();
    }

    /// <summary>A token came.</summary>
    public void Take(FencingToken token)
    {
        if (State != SplitState.Fencing)
            return;
        if (token <= _fence)
        {
            effects.AskToken();
            return;
        }

        _fence = token;
        Place();
    }

    /// <summary>The machine runs there.</summary>
    public void Started(string node, MachineHop.VmStarted started)
    {
        if (node != Node || State != SplitState.Ordering)
            return;
        State = SplitState.Running;
        _except = null;
        Lift();
        if (_wasTold)
            effects.TellOwner(new ServiceMoved(_fence, node, started.Notices));
        else
            effects.TellOwner(started);
        _wasTold = true;
        if (_isStopWanted)
            effects.Send(node, new MachineHop.StopVm(vm));
    }

    /// <summary>The machine could not be made there.</summary>
    public void Refused(string node, string reason, FencingToken seen = default)
    {
        if (node == Node && State == SplitState.Ordering)
            End(new MachineHop.VmRefused(vm, reason, seen));
    }

    /// <summary>It could not be taken over there: it was never made, somebody else has a higher token, or that node can't.</summary>
    public void Refused(string node, MachineHop.AdoptionRefused refused)
    {
        if (node != Node || State != SplitState.Ordering || refused.Fence != Ordered)
            return;
        if (refused.Seen > _fence)
            effects.TellOwner(new ServiceFenced(refused.Seen));
        switch (refused.Result)
        {
            case Errno.NoDevice when !_wasTold:
                // The node that was to make it was lost before it had.
                _wasMade = false;
                effects.Send(node, effects.Order(Ordered, isAdoption: false));
                break;
            case Errno.NoDevice:
                End(new MachineHop.VmEnded(vm, VmEnd.Failed, $"its guest's side is gone: {refused.Reason}", []));
                break;
            default:
                effects.Say($"{vm}: service node {node} can't take it over: {refused.Reason}");
                _except = node;
                Vacate();
                break;
        }
    }

    /// <summary>
    /// A backend remembers a higher token than the machine has. Of a machine that isn't the VM's any more it says nothing that concerns anybody: it was fenced, and rightly.
    /// </summary>
    public void Fenced(string node, FencingToken machine, FencingToken seen)
    {
        if (node != Node || machine != Ordered || State != SplitState.Running || _isStopWanted)
            return;
        if (seen < _fence)
            effects.Send(node, new MachineHop.RaiseFence(vm, machine, _fence));
        else
            effects.TellOwner(new ServiceFenced(seen));
    }

    /// <summary>The VM has a higher token: backends go on with it, now or when there is a machine for it.</summary>
    public void Raise(FencingToken token)
    {
        if (token > _floor)
            _floor = token;
        if (State == SplitState.Running)
            Lift();
        else if (State is SplitState.Fencing or SplitState.Refused && _floor > _fence)
            Place();
    }

    /// <summary>The service side there is not the VM's any more, for a reason that isn't ours: it is taken back.</summary>
    public void Superseded(string node, FencingToken by)
    {
        if (node != Node || State is not (SplitState.Ordering or SplitState.Running) || by <= _fence)
            return;
        Vacate();
        _wasMade = true;
        effects.AskToken();
    }

    /// <summary>The machine has ended.</summary>
    public void Ended(string node, MachineHop.VmEnded ended)
    {
        if (node == Node && State is (SplitState.Ordering or SplitState.Running))
            End(ended);
    }

    /// <summary>A second passed: what is unanswered is said again.</summary>
    public void Tick()
    {
        switch (State)
        {
            case SplitState.Ordering:
                effects.Send(Node!, effects.Order(Ordered, _wasMade));
                break;
            case SplitState.Running when _isStopWanted:
                effects.Send(Node!, new MachineHop.StopVm(vm));
                break;
            case SplitState.Fencing:
            case SplitState.Refused:
                State = SplitState.Fencing;
                effects.AskToken();
                break;
            default:
                break;
        }
    }

    private void Lift()
    {
        if (_floor <= _fence)
            return;
        _fence = _floor;
        effects.Send(Node!, new MachineHop.RaiseFence(vm, Ordered, _fence));
    }

    private void Place()
    {
        if (_floor > _fence)
            _fence = _floor;
        Node = effects.TakeNode(_except);
        if (Node is null)
        {
            State = SplitState.Waiting;
            effects.Say($"{vm}: no service node is up; it waits for one.");
            return;
        }

        State = SplitState.Ordering;
        Ordered = _fence;
        effects.Send(Node, effects.Order(_fence, _wasMade));
    }

    private void Vacate()
    {
        if (Node is { } node)
            effects.ReleaseNode(node);
        Node = null;

        // Where a node refused, the next try waits for the tick: a backend that nobody can open must not be a busy loop.
        State = _except is null ? SplitState.Fencing : SplitState.Refused;
    }

    private void End(object last)
    {
        if (Node is { } node)
            effects.ReleaseNode(node);
        State = SplitState.Over;
        effects.TellOwner(last);
        effects.Leave();
    }
}

/// <summary>How far the service side of a split VM is.</summary>
internal enum SplitState : byte
{
    /// <summary>Nothing was asked for.</summary>
    Idle,

    /// <summary>There is no service node.</summary>
    Waiting,

    /// <summary>A node was asked to make it or to take it over.</summary>
    Ordering,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>A token is asked for.</summary>
    Fencing,

    /// <summary>A node could not take it over; another is asked soon.</summary>
    Refused,

    /// <summary>It has ended.</summary>
    Over,
}

/// <summary>To the VM's owner: its service side is at another node, with a higher token; the guest noticed a pause.</summary>
internal sealed record ServiceMoved(FencingToken Fence, string Node, System.Collections.Immutable.ImmutableArray<string> Notices);

/// <summary>To the VM's owner: a backend of its service side remembers a token that is higher than the VM's.</summary>
internal sealed record ServiceFenced(FencingToken Seen);

/// <summary>To the VM's owner: a token above all before, please.</summary>
internal sealed record TokenWanted;
