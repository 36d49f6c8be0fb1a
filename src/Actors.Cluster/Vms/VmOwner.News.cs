using Actors.Protocol;

namespace Actors.Cluster;

/// <content>
/// What the observer is told, until it says that it has heard. It hears of each incarnation that ran, also of one that ended before others knew of its start: then both are told when others know of the end, the start
/// first. What the observer has heard is named: that it knows of the start says nothing about the end.
/// </content>
internal sealed partial class VmOwner
{
    /// <summary>Times that something is said again to an observer that doesn't answer, at growing distances: about a quarter of an hour.</summary>
    public const int MostRepeats = 32;

    private int _repeats;
    private bool _isUpOwed;

    private bool Announces => State == VmOwnerState.Running && _isRecorded;

    /// <summary>All other nodes know what was recorded: of a start those that can be reached, of an end every one.</summary>
    public void Recorded(FencingToken fence, VmEntryState entry)
    {
        if (fence != _fence)
            return;
        if (entry != VmEntryState.Owned)
        {
            _isDoubtful = false;
            if (State == VmOwnerState.Closing)
                Conclude(isDoubtful: false);
        }
        else if (!_isRecorded)
        {
            _isRecorded = true;
            if (State == VmOwnerState.Running)
                Say();
        }
    }

    /// <summary>The observer has heard.</summary>
    /// <param name="fence">Of this incarnation.</param>
    /// <param name="isEnd">Its end; else its start.</param>
    public void Seen(FencingToken fence, bool isEnd)
    {
        if (fence != _fence)
            return;
        if (!isEnd)
        {
            _isUpOwed = false;
            if (State != VmOwnerState.Running)
                return;
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
        if (State == VmOwnerState.Closing)
        {
            Conclude(isDoubtful: true);
            return;
        }

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

    private void Say(bool isRepeated = false)
    {
        if (State != VmOwnerState.Ended || _isUpOwed)
            effects.Tell(_observer, new ClusterHop.VmUp(vm, _fence, node, effects.ServiceNode, _loss, _notices));
        if (State == VmOwnerState.Ended)
            effects.Tell(_observer, LastWord());
        _repeats = isRepeated ? _repeats + 1 : 0;
        _ticksToWait = Math.Min(1 << Math.Min(_repeats, 5), 30);
        IsWaiting = true;
    }
}
