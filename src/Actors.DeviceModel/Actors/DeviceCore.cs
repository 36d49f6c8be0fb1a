using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What makes one device another than the next: everything behind a <see cref="MountedDevice"/>, which has what they share (accesses answered once, doorbells, interrupts, the record).
/// Called on the device actor's thread. A core keeps no Akka type. Its effects leave through what <see cref="Connect"/> gave to it.
/// </summary>
internal abstract class DeviceCore
{
    /// <summary>Virtqueues; 0 for a function that isn't virtio.</summary>
    public abstract int QueueCount { get; }

    /// <summary>What the guest did wrong behind the transport, counted.</summary>
    public GuestFaultLedger Faults { get; } = new();

    /// <summary>True when nothing of an earlier epoch will reach a backend.</summary>
    public virtual bool IsFenced => true;

    /// <summary>Backends have all output that the device took.</summary>
    public virtual bool IsFlushed => true;

    /// <summary>Bytes of output of chains that were begun, and not sent on.</summary>
    public virtual long InHand => 0;

    /// <summary>No output is taken any more.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Makes the PCI function and learns where effects go. Once, before anything else.</summary>
    public abstract PciFunction Connect(in DeviceWiring wiring);

    /// <summary>
    /// From here to <see cref="RunDue"/> queues are not processed, only noted. So what a register write changes can be recorded as a whole before the first
    /// chain that it makes available is.
    /// </summary>
    public virtual void Defer()
    {
    }

    /// <summary>Processes the queues that are due.</summary>
    public virtual void RunDue()
    {
    }

    /// <summary>Goes on where a share of work was used up.</summary>
    public virtual void Resume()
    {
    }

    /// <summary>Says again what was not answered; false when nothing is owed.</summary>
    public virtual bool Repeat() => false;

    /// <summary>Whether somebody is to answer for what came out of this queue, so that its used ring changes by itself.</summary>
    public virtual bool OwesAnswer(int queue) => false;

    /// <summary>A chain of this queue was used: writes what changes with it.</summary>
    public virtual void CaptureUsed(DeviceRecord record, int queue)
    {
    }

    /// <summary>Writes everything that changed since the last call into the record.</summary>
    public virtual void Capture(DeviceRecord record)
    {
    }

    /// <summary>Takes a fresh core to where the record says it was, without effects. False when the record can't be of such a device.</summary>
    public virtual bool TryRestore(DeviceRecord record) => true;

    /// <summary>Goes on after <see cref="TryRestore"/>.</summary>
    public virtual void Recover()
    {
    }

    /// <summary>What is to be seen from outside, beside registers and queues.</summary>
    public virtual IEnumerable<InspectNode> Inspect() => [];

    /// <summary>A port's counters. A core without ports hears of none.</summary>
    public virtual void Take(int port, PortHop.Status status)
    {
    }

    /// <summary>A port's input.</summary>
    public virtual void Take(int port, PortHop.Input input)
    {
    }

    /// <summary>The size of a port's terminal.</summary>
    public virtual void Resize(int port, ushort cols, ushort rows)
    {
    }

    /// <summary>Bytes of input that the guest has from a port.</summary>
    public virtual long DeliveredBy(int port) => 0;

    /// <summary>Adds to a closed port's report what its bytes met before they came to the port.</summary>
    public virtual PortReport Complete(int port, PortReport report) => report;

    /// <summary>Something for the device from the machine's side, or its own wish to be woken (<see cref="IDeviceEffects.Wake"/>).</summary>
    /// <param name="what">The object; null: the time is over.</param>
    public virtual void Signal(object? what)
    {
    }
}

/// <summary>What a core is connected to.</summary>
/// <param name="Host">Where effects of its PCI function go.</param>
/// <param name="Effects">Where its other effects go; they leave at the end of the turn.</param>
/// <param name="Memory">The guest's RAM.</param>
/// <param name="Interrupt">The INTx pin.</param>
/// <param name="Parts">Null but in a simulated world.</param>
internal readonly record struct DeviceWiring(IVirtioPciHost Host, IDeviceEffects Effects, IGuestMemory Memory, PciInterrupt Interrupt, DeviceModelParts? Parts);
