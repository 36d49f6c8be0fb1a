using System.Buffers;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What the two kinds of devices that a user brings along have in common: a PCI function with registers of its own (<see cref="OwnPciDevice"/>), and a virtio device on the transport that the
/// built-in ones have (<see cref="OwnVirtioDevice"/>).
/// <para>A device is called by its actor, one call at a time, and acts only in its callbacks, on the thread that calls it; from elsewhere it is told with <see cref="Signal"/>. It must not block. In the
/// simulated world it reads no clock and draws no random numbers of its own, so that its runs can be repeated.</para>
/// <para>An exception that leaves a callback is that device's failure and nobody else's: a virtio device needs a reset (DEVICE_NEEDS_RESET, virtio 1.2 clause 2.1.2), another function reads as all
/// ones and takes no writes until the machine is reset. It is logged, and recorded as <see cref="LifeChange.Failed"/>.</para>
/// <para>Each incarnation has an instance of its own: when a device's actor crashes, or its machine goes on elsewhere, the next one is made anew, gets the registers, queues and what
/// <see cref="Save"/> kept as of the last turn that was complete, and takes the requests that weren't completed again, in their order.</para>
/// </summary>
public abstract class OwnDevice
{
    /// <summary>Bytes that <see cref="Save"/> may write, at most.</summary>
    public const int MaxStateBytes = 4096;

    /// <summary>Derive from one of the two kinds: nothing else can be put into a machine.</summary>
    protected OwnDevice()
    {
    }

    /// <summary>What it is connected to; null before the machine has it.</summary>
    internal OwnDeviceCore? Core { get; set; }

    /// <summary>Tells the device something: it comes as <see cref="OnSignal"/>. May be called by any thread; of a test in the simulated world inside of <c>Machine.Tell</c>.</summary>
    /// <param name="what">Anything that doesn't change any more.</param>
    /// <exception cref="InvalidOperationException">No machine has the device yet.</exception>
    public void Signal(object what)
    {
        ArgumentNullException.ThrowIfNull(what);
        (Core ?? throw new InvalidOperationException("No machine has this device yet: boot it first.")).Post(what);
    }

    /// <summary>The device is reset, by its driver (virtio) or with its machine: everything is as at power-on. Requests in its hands are worthless from now on.</summary>
    protected virtual void OnReset()
    {
    }

    /// <summary>The time of <see cref="WakeAfter"/> is over. After a restart it may come early.</summary>
    protected virtual void OnWake()
    {
    }

    /// <summary>Somebody called <see cref="Signal"/>.</summary>
    /// <param name="what">The object.</param>
    protected virtual void OnSignal(object what)
    {
    }

    /// <summary>Writes what the next incarnation needs to know and the guest can't be asked for, at most <see cref="MaxStateBytes"/>. Called often. A device whose requests are all there is to it keeps nothing.</summary>
    /// <param name="state">Where to.</param>
    protected virtual void Save(IBufferWriter<byte> state)
    {
    }

    /// <summary>Reads what <see cref="Save"/> of an earlier incarnation wrote. Comes before anything else; not at all when nothing was written.</summary>
    /// <param name="state">The bytes.</param>
    protected virtual void Restore(ReadOnlySpan<byte> state)
    {
    }

    /// <summary>What the machine's live state shows of the device, below its registers and queues (<c>vm-0/pci-0.5.0/...</c>).</summary>
    protected virtual IEnumerable<InspectNode> Inspect() => [];

    /// <summary>Asks for <see cref="OnWake"/>, once. A later wish replaces an earlier one.</summary>
    /// <param name="time">When, from now; 0 to a day, in virtual time in the simulated world.</param>
    protected void WakeAfter(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromDays(1));
        InTurn().Wake(time);
    }

    internal void CallReset() => OnReset();

    internal void CallWake() => OnWake();

    internal void CallSignal(object what) => OnSignal(what);

    internal void CallSave(IBufferWriter<byte> state) => Save(state);

    internal void CallRestore(ReadOnlySpan<byte> state) => Restore(state);

    internal IEnumerable<InspectNode> CallInspect() => Inspect();

    /// <summary>The core, in a callback.</summary>
    /// <exception cref="InvalidOperationException">It isn't in one.</exception>
    private protected OwnDeviceCore InTurn() => Core is { IsInTurn: true } core
        ? core
        : throw new InvalidOperationException("A device acts in its own callbacks only, on the thread that calls them: tell it with Signal(...) from elsewhere.");
}
