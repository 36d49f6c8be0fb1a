using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// In which order a machine is made, reset and ended. Forwards: create, default client, start. Reset: pause, clear, devices, reset, epoch, start (completing
/// requests before the pause would let a vCPU run on). End: pause, destroy client, close devices, destroy; an error there is noted and passed over, since whatever
/// can be cleaned up must be. An end that is asked for during a reset waits for the step at hand.
/// </summary>
internal sealed class MachineLifecycle
{
    private bool _isEnding;
    private bool _hasStarted;

    /// <summary>What is waited for.</summary>
    public MachineStep Step { get; private set; } = MachineStep.Create;

    /// <summary>Why the machine ended, or will.</summary>
    public VmEnd End { get; private set; }

    /// <summary>More about it, or null.</summary>
    public string? Detail { get; private set; }

    /// <summary>True when the launcher has been told that the machine runs, or will be in this step.</summary>
    public bool HasStarted => _hasStarted;

    /// <summary>True when the end was asked for.</summary>
    public bool IsEnding => _isEnding;

    /// <summary>Asks for a reset; false when the machine doesn't run (a repeated event, or one that came too late).</summary>
    public bool RequestReset()
    {
        if (Step != MachineStep.Running)
            return false;
        Step = MachineStep.Pause;
        return true;
    }

    /// <summary>Asks for the end; the first reason stays. True when the step changed.</summary>
    public bool RequestEnd(VmEnd end, string? detail)
    {
        if (_isEnding)
            return false;
        _isEnding = true;
        End = end;
        Detail = detail;
        if (Step != MachineStep.Running)
            return false;
        Step = MachineStep.Pause;
        return true;
    }

    /// <summary>The machine is there already, and another device model's so far.</summary>
    public void BeginAdoption() => Step = MachineStep.Adopt;

    /// <summary>
    /// The machine is this one's. One that runs goes on; one that was being ended is ended; what else was under way is done again as a reset, from its beginning: that is legal wherever
    /// it stood, and leads to a guest that boots.
    /// </summary>
    public void Adopted(VmServiceState state)
    {
        _hasStarted = true;
        Step = state == VmServiceState.Running ? MachineStep.Running : MachineStep.Pause;
        if (_isEnding)
        {
            Step = MachineStep.Pause;
        }
        else if (state is VmServiceState.PoweringOff or VmServiceState.Faulted)
        {
            _isEnding = true;
            End = state == VmServiceState.PoweringOff ? VmEnd.PowerOff : VmEnd.TripleFault;
        }
    }

    /// <summary>A step is done, well or not.</summary>
    public void Complete(MachineStep step, Errno result)
    {
        if (step != Step)
            return;
        if (result != Errno.Ok && !_isEnding)
        {
            _isEnding = true;
            End = VmEnd.Failed;
            Detail = $"{Describe(step)} failed: {result} ({(int)result}).";
        }

        // Nothing was made: nothing is to be taken back but the ports.
        if (step == MachineStep.Create && result != Errno.Ok)
        {
            Step = MachineStep.Ended;
            return;
        }

        Step = _isEnding && step != MachineStep.Adopt ? NextTowardsEnd(step) : Next(step);
        _hasStarted |= Step == MachineStep.Running;
    }

    private static MachineStep NextTowardsEnd(MachineStep step) => step switch
    {
        MachineStep.Pause => MachineStep.DestroyDefaultClient,
        MachineStep.DestroyDefaultClient => MachineStep.CloseDevices,
        MachineStep.CloseDevices => MachineStep.Destroy,
        MachineStep.Destroy => MachineStep.Ended,
        _ => MachineStep.Pause,
    };

    private static MachineStep Next(MachineStep step) => step switch
    {
        MachineStep.Create => MachineStep.CreateDefaultClient,
        MachineStep.Adopt => MachineStep.ReadRecords,
        MachineStep.CreateDefaultClient => MachineStep.Start,
        MachineStep.Start => MachineStep.Running,
        MachineStep.Pause => MachineStep.ClearIoRequests,
        MachineStep.ClearIoRequests => MachineStep.ResetDevices,
        MachineStep.ResetDevices => MachineStep.Reset,
        MachineStep.Reset => MachineStep.BeginEpoch,
        MachineStep.BeginEpoch => MachineStep.Start,
        _ => step,
    };

    private static string Describe(MachineStep step) => step switch
    {
        MachineStep.Create => "creating the VM",
        MachineStep.CreateDefaultClient => "creating its default client",
        MachineStep.Start => "starting it",
        MachineStep.Pause => "pausing it",
        MachineStep.ClearIoRequests => "clearing its requests",
        MachineStep.Reset => "resetting it",
        _ => step.ToString(),
    };
}
