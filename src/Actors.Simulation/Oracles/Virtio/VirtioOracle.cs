namespace Actors.Simulation;

/// <summary>Somebody who listens to <see cref="VirtioModel"/>.</summary>
internal interface IVirtioListener
{
    /// <summary>What it wants to hear.</summary>
    VirtioInterest Wants { get; }

    /// <summary>The device model accessed guest RAM. The model stands as before the access.</summary>
    void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data);

    /// <summary>The device has read a chain to its end.</summary>
    void OnTaken(in Moment moment, VirtioQueueView queue, VirtioChainView chain);

    /// <summary>The device published a used element. The chain is null when the head was not outstanding.</summary>
    void OnUsed(in Moment moment, VirtioQueueView queue, VirtioChainView? chain, uint head, uint length);

    /// <summary>A register access is done; the model stands as after it.</summary>
    /// <param name="moment">When.</param>
    /// <param name="device">Which device.</param>
    /// <param name="access">The access.</param>
    /// <param name="selected">The queue that was selected when it began.</param>
    void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected);

    /// <summary>A device or, if given, one of its queues was reset, and the driver knows.</summary>
    void OnReset(in Moment moment, VirtioDeviceView device, VirtioQueueView? queue);
}

/// <summary>An oracle of virtio devices: reads what <see cref="VirtioModel"/> makes of the trace.</summary>
internal abstract class VirtioOracle : Oracle, IVirtioListener
{
    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.None;

    /// <inheritdoc/>
    public abstract VirtioInterest Wants { get; }

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        Model = world.Virtio;
        Model.Subscribe(this);
    }

    /// <summary>The model that it shares with the run's other oracles.</summary>
    protected VirtioModel Model { get; private set; } = null!;

    /// <inheritdoc/>
    public virtual void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
    }

    /// <inheritdoc/>
    public virtual void OnTaken(in Moment moment, VirtioQueueView queue, VirtioChainView chain)
    {
    }

    /// <inheritdoc/>
    public virtual void OnUsed(in Moment moment, VirtioQueueView queue, VirtioChainView? chain, uint head, uint length)
    {
    }

    /// <inheritdoc/>
    public virtual void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected)
    {
    }

    /// <inheritdoc/>
    public virtual void OnReset(in Moment moment, VirtioDeviceView device, VirtioQueueView? queue)
    {
    }

    /// <summary>A queue as sentences name it.</summary>
    protected static string Name(VirtioQueueView queue) => $"vm {queue.Device.Vm.Value}, device {queue.Device.Function}, queue {queue.Index}";
}

/// <summary>What an oracle wants to hear of the model.</summary>
[Flags]
internal enum VirtioInterest : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Accesses.</summary>
    Access = 1,

    /// <summary>Chains taken.</summary>
    Taken = 2,

    /// <summary>Chains used.</summary>
    Used = 4,

    /// <summary>Registers.</summary>
    Register = 8,

    /// <summary>Resets.</summary>
    Reset = 16,
}

/// <summary>An access of a virtio register that is done.</summary>
/// <param name="IsWrite">Direction.</param>
/// <param name="Window">Which window of registers.</param>
/// <param name="Offset">Offset in the window.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Value">What was written or read.</param>
internal readonly record struct RegisterAccess(bool IsWrite, RegisterWindowKind Window, uint Offset, int Size, ulong Value);

/// <summary>Windows of registers.</summary>
internal enum RegisterWindowKind : byte
{
    /// <summary>None that is known.</summary>
    Other,

    /// <summary>PCI configuration space.</summary>
    Pci,

    /// <summary>Modern: common configuration.</summary>
    Common,

    /// <summary>Modern: interrupt status.</summary>
    Isr,

    /// <summary>Device configuration, of either interface.</summary>
    Device,

    /// <summary>Modern: notifications.</summary>
    Notify,

    /// <summary>Legacy registers before the device configuration.</summary>
    Legacy,
}
