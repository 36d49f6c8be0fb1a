using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>Which transition is legal when (acrn-io-path 9.1), and the epoch that a reset begins.</summary>
internal sealed class VmLifeCycle
{
    /// <summary>The epoch that a VM is made with.</summary>
    public const uint FirstEpoch = 1;

    /// <summary>Where the VM stands.</summary>
    public VmState State { get; private set; } = VmState.PoweredOff;

    /// <summary>Counts resets from 1.</summary>
    public uint Epoch { get; private set; } = FirstEpoch;

    /// <summary>True while accesses are emulated and completions reach the guest; else the ZOMBIE rule holds.</summary>
    public bool IsRunning => State == VmState.Running;

    /// <summary>POWERED_OFF to CREATED.</summary>
    public Errno Create() => Go(VmState.PoweredOff, VmState.Created);

    /// <summary>After a restart: where the VM stood.</summary>
    public void Restore(uint epoch, VmState state)
    {
        Epoch = epoch;
        State = state;
    }

    /// <summary>CREATED to RUNNING.</summary>
    public Errno Start() => Go(VmState.Created, VmState.Running);

    /// <summary>RUNNING or CREATED to PAUSED by way of <see cref="VmState.Pausing"/>; <see cref="Paused"/> ends it. Without effect when it is on its way or done.</summary>
    public Errno Pause()
    {
        if (State == VmState.PoweredOff)
            return Errno.NotPermitted;

        if (State is VmState.Running or VmState.Created)
            State = VmState.Pausing;

        return Errno.Ok;
    }

    /// <summary>All vCPUs have stopped.</summary>
    public Errno Paused() => Go(VmState.Pausing, VmState.Paused);

    /// <summary>PAUSED to CREATED, with a new epoch.</summary>
    public Errno Reset()
    {
        var result = Go(VmState.Paused, VmState.Created);
        if (result == Errno.Ok)
            Epoch++;

        return result;
    }

    /// <summary>PAUSED to POWERED_OFF.</summary>
    public Errno Destroy() => Go(VmState.Paused, VmState.PoweredOff);

    private Errno Go(VmState from, VmState to)
    {
        if (State != from)
            return Errno.NotPermitted;

        State = to;
        return Errno.Ok;
    }
}
