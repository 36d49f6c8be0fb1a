using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Actors.DeviceModel;

/// <summary>
/// A virtio device of a user's own (virtio 1.2), behind the modern virtio-pci transport that the built-in devices have: status, negotiation, queues, doorbells, MSI-X and INTx, and what hostile
/// drivers get (docs/behaviour.md) are the emulator's. It says what it is, and serves its queues. What holds for all such devices is said at <see cref="OwnDevice"/>.
/// </summary>
public abstract class OwnVirtioDevice : OwnDevice
{
    /// <summary>Most queues.</summary>
    public const int MaxQueues = 16;

    /// <summary>Most bytes of configuration.</summary>
    public const int MaxConfigLength = 4096;

    /// <summary>Makes a device.</summary>
    /// <param name="type">Virtio device type, 1 to 63 (clause 5); the PCI device id is 0x1040 more.</param>
    /// <param name="queueSizes">Largest size of each queue, 1 to 16 of them: powers of two up to 1024.</param>
    protected OwnVirtioDevice(ushort type, params ImmutableArray<int> queueSizes)
    {
        Type = type;
        QueueSizes = queueSizes;
    }

    /// <summary>Virtio device type.</summary>
    public ushort Type { get; }

    /// <summary>Largest size of each queue.</summary>
    public ImmutableArray<int> QueueSizes { get; }

    /// <summary>PCI class: base class 23:16, sub-class 15:8, programming interface 7:0; 0xFF0000 is a device that fits no class.</summary>
    public virtual uint ClassCode => 0xFF_00_00;

    /// <summary>Device-specific feature bits that are offered: 0 to 23 and 50 to 63 (clause 2.2). Ring features, VERSION_1 and RING_RESET are the transport's.</summary>
    public virtual ulong Features => 0;

    /// <summary>Bytes of device configuration, 0 to <see cref="MaxConfigLength"/>.</summary>
    public virtual int ConfigLength => 0;

    /// <summary>The features that the driver accepted; those of <see cref="Features"/> and the transport's.</summary>
    protected ulong NegotiatedFeatures => Of(InTurn()).Transport.NegotiatedFeatures;

    /// <summary>True from DRIVER_OK until a reset or a failure, while the driver has bus mastering on: only then there are requests.</summary>
    protected bool IsActive => Of(InTurn()).Transport.IsActive;

    /// <summary>
    /// A queue was kicked, or there may be requests in it that had no kick that counted, as after DRIVER_OK. A device takes requests until there are none; one that leaves some has to come back for
    /// them by itself. Kicks may be spurious.
    /// </summary>
    /// <param name="queue">Index of the queue.</param>
    protected abstract void OnNotify(int queue);

    /// <summary>A queue was reset alone (RING_RESET, clause 2.6.1): requests of it in the device's hands are worthless from now on.</summary>
    /// <param name="queue">Index of the queue.</param>
    protected virtual void OnQueueReset(int queue)
    {
    }

    /// <summary>The driver reads configuration; in any status. Zeros unless this fills them.</summary>
    /// <param name="offset">First byte; the range is within <see cref="ConfigLength"/>.</param>
    /// <param name="destination">1, 2 or 4 bytes, zeros.</param>
    protected virtual void ReadConfig(int offset, Span<byte> destination)
    {
    }

    /// <summary>The driver writes configuration; in any status. Dropped unless this takes it.</summary>
    /// <param name="offset">First byte; the range is within <see cref="ConfigLength"/>.</param>
    /// <param name="source">1, 2 or 4 bytes.</param>
    protected virtual void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    /// <summary>
    /// Takes a queue's next request. False: there is none now, or the driver broke the ring and the device needs a reset. In one callback a queue gives at most as many as it has entries;
    /// when there are more, <see cref="OnNotify"/> comes again.
    /// </summary>
    /// <param name="queue">Index of the queue.</param>
    /// <param name="request">The request; to be completed now or later.</param>
    protected bool TryTake(int queue, [NotNullWhen(true)] out VirtioRequest? request)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(queue);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(queue, QueueSizes.Length);
        return Of(InTurn()).TryTake(queue, out request);
    }

    /// <summary>The configuration has changed: its generation rises, and the driver is interrupted (clauses 2.5, 4.1.5.3).</summary>
    protected void SignalConfigChange() => Of(InTurn()).Transport.SignalConfigChange();

    /// <summary>The driver broke a rule of this device: DEVICE_NEEDS_RESET and a configuration interrupt (clause 2.1.2); nothing more until a reset.</summary>
    /// <param name="queue">The queue in which it did, or -1.</param>
    /// <param name="value">The offending value, for the report.</param>
    protected void RefuseDriver(int queue = -1, ulong value = 0) => Of(InTurn()).Transport.Fail(new GuestFault(GuestFaultKind.DeviceRule, queue, value));

    internal void CallNotify(int queue) => OnNotify(queue);

    internal void CallQueueReset(int queue) => OnQueueReset(queue);

    internal void CallReadConfig(int offset, Span<byte> destination) => ReadConfig(offset, destination);

    internal void CallWriteConfig(int offset, ReadOnlySpan<byte> source) => WriteConfig(offset, source);

    private static OwnVirtioCore Of(OwnDeviceCore core) => (OwnVirtioCore)core;
}
