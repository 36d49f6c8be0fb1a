namespace Actors.DeviceModel;

/// <content>The node leaves: what the ports have gets to their backends before another node takes over.</content>
internal sealed partial class MountedDevice
{
    private ulong? _drainMark;

    /// <summary>From now on no output is taken from the guest: it waits in its rings for the next service side. What was taken goes on, and comes back to the guest.</summary>
    public void BeginDrain()
    {
        if (IsSuperseded)
            return;
        _core.IsDraining = true;
        if (_memory is not null)
            _memory.IsQuiet = true;
        EndTurn();
    }

    /// <summary>Whether backends have everything that ports accepted, or their time is over, and the record that says so lies with the guest.</summary>
    public bool IsDrained(bool isTimeOver)
    {
        if (_drainMark is null)
        {
            if (!_core.IsDraining || (!_core.IsFlushed && !isTimeOver))
                return false;
            _drainMark = _memory?.Store() ?? 0;
            EndTurn();
        }

        return _memory is null || _memory.Answered >= _drainMark;
    }
}
