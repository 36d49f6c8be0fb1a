using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>Commands of the life cycle.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>A command. One with the id of the last is answered as that was, once there is an answer.</summary>
    public void Command(long id, VmCommandKind command, int argument)
    {
        if (_hasCommand && id == _commandId)
        {
            if (_commandDone)
                _host.Answer(_commandId, _command, _commandEpoch, _commandResult);
            return;
        }

        _hasCommand = true;
        _commandDone = false;
        _commandId = id;
        _command = command;
        switch (command)
        {
            case VmCommandKind.Start:
                Start();
                break;
            case VmCommandKind.Pause:
                Pause();
                break;
            case VmCommandKind.Reset:
                Reset();
                break;
            case VmCommandKind.Destroy:
                Destroy();
                break;
            case VmCommandKind.SetCallbackVector:
                Done(SetUpcallVector(argument));
                break;
            default:
                Done(Errno.Invalid);
                break;
        }
    }

    private void Start()
    {
        var result = _life.Start();
        if (result == Errno.Ok)
            Run(0, startupVector: 0);

        Done(result);
    }

    private void Pause()
    {
        var was = _life.State;
        var result = _life.Pause();
        if (result != Errno.Ok || was == VmState.Paused)
        {
            Done(result);
            return;
        }

        if (was != VmState.Pausing)
        {
            _pausedFor = _hasEvent ? _event : null;
            EndEvent();
            AskForPause();
        }

        Outstanding();
        TryFinishPause();
    }

    private void AskForPause()
    {
        for (var i = 0; i < _vcpus.Length; i++)
        {
            if (_vcpus[i].IsStarted && !_vcpus[i].IsStopped)
                _host.Pause(i);
        }
    }

    private void TryFinishPause()
    {
        foreach (ref readonly var vcpu in _vcpus.AsSpan())
        {
            if (vcpu.IsStarted && !vcpu.IsStopped)
                return;
        }

        _life.Paused();
        if (_hasCommand && !_commandDone && _command == VmCommandKind.Pause)
            Done(Errno.Ok);
    }

    private void Reset()
    {
        var result = _life.Reset();
        if (result == Errno.Ok)
        {
            Wipe();
            _host.ClearMemory();
        }

        Done(result);
    }

    private void Destroy()
    {
        var result = _life.Destroy();
        if (result == Errno.Ok)
        {
            Wipe();
            _host.Destroyed();
        }

        Done(result);
    }

    /// <summary>What belongs to an epoch goes. The clock, and the UART's kept output, stay.</summary>
    private void Wipe()
    {
        EndEvent();
        _pausedFor = null;
        Array.Clear(_vcpus);
        _slots.Reset(_life.Epoch);
        _asyncio.Clear();
        _asyncioResults = null;
        _ring.Clear();
        _parked = 0;
        _uart.Reset();
        _interrupts.Reset();
        _pciConfig.Reset();
        _resetPorts.Reset();
        _pm1a.Reset();
    }

    private Errno SetUpcallVector(int vector)
    {
        if (vector is < FirstUpcallVector or > byte.MaxValue)
            return Errno.Invalid;

        if (_life.State == VmState.PoweredOff)
            return Errno.NotPermitted;

        _upcallVector = (byte)vector;
        return Errno.Ok;
    }

    private void Done(Errno result)
    {
        _commandDone = true;
        _commandResult = result;
        _commandEpoch = _life.Epoch;
        _host.Answer(_commandId, _command, _commandEpoch, result);
    }

    private void EndEvent()
    {
        _hasEvent = false;
        _eventDetail = null;
    }
}
