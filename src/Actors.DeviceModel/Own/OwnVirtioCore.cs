using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// The core of an <see cref="OwnVirtioDevice"/>. What the user's code completes is used after its call has returned, so that no part of the rings is half done when it throws; in the
/// order in which it was taken, since a restart reads the available ring again from the used index (<see cref="DeviceRecord"/>).
/// </summary>
internal sealed class OwnVirtioCore : OwnDeviceCore, IVirtioDevice
{
    private const int MaxQueueSize = 1024;
    private const int MaxType = 63;
    private const ulong DeviceFeatures = 0xFF_FFFF | (0x3FFFUL << 50);

    private readonly OwnVirtioDevice _device;
    private readonly OwnDeviceSpec _spec;
    private readonly VmId _vm;
    private readonly PathTrace? _trace;
    private readonly QueueState[] _queues;
    private byte[] _committed = [];
    private bool _isDeferring;
    private bool _isRunning;

    /// <summary>Makes it.</summary>
    /// <exception cref="PciSetupException">The device describes what virtio can't have.</exception>
    public OwnVirtioCore(OwnVirtioDevice device, VmId vm, OwnDeviceSpec spec, PathTrace? trace)
        : base(device)
    {
        _device = device;
        _spec = spec;
        _vm = vm;
        _trace = trace;
        if (device.Type is 0 or > MaxType)
            throw Refused($"the virtio device type is 1 to {MaxType}, not {device.Type}");
        if (device.QueueSizes.IsDefault || device.QueueSizes.Length is < 1 or > OwnVirtioDevice.MaxQueues)
            throw Refused($"it has 1 to {OwnVirtioDevice.MaxQueues} queues");
        if (device.QueueSizes.FirstOrDefault(static size => size is < 1 or > MaxQueueSize || !BitOperations.IsPow2(size), 1) is var wrong and not 1)
            throw Refused($"the size of a queue is a power of two up to {MaxQueueSize}, not {wrong}");
        (DeviceType, ClassCode, Features, ConfigLength) = (device.Type, device.ClassCode, device.Features, device.ConfigLength);
        if (ConfigLength is < 0 or > OwnVirtioDevice.MaxConfigLength)
            throw Refused($"its configuration has at most {OwnVirtioDevice.MaxConfigLength} bytes, not {ConfigLength}");
        if ((Features & ~DeviceFeatures) != 0)
            throw Refused($"its own feature bits are 0 to 23 and 50 to 63, and it offers 0x{Features:x}");
        _queues = [.. device.QueueSizes.Select(static _ => new QueueState())];
    }

    /// <summary>The transport, once connected.</summary>
    public VirtioPciFunction Transport { get; private set; } = null!;

    /// <inheritdoc/>
    public override int QueueCount => _queues.Length;

    /// <inheritdoc/>
    public ushort DeviceType { get; }

    /// <inheritdoc/>
    public uint ClassCode { get; }

    /// <inheritdoc/>
    public ulong Features { get; }

    /// <inheritdoc/>
    public int ConfigLength { get; }

    /// <inheritdoc/>
    public override PciFunction Connect(in DeviceWiring wiring)
    {
        if (wiring.Memory is RemoteGuestMemory)
            throw Refused("it needs its guest's RAM on its own node: start the machine colocated");
        Connect(wiring.Effects);
        Transport = new VirtioPciFunction(this, VirtioTransportKind.Modern, wiring.Memory, wiring.Host, wiring.Interrupt, _spec.Ioeventfd, _vm, wiring.Parts);
        return Transport;
    }

    /// <inheritdoc/>
    public int QueueSizeOf(int queue, ulong features) => _device.QueueSizes[queue];

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> destination)
    {
        var bytes = new byte[destination.Length];
        if (Call(() => _device.CallReadConfig(offset, bytes), "ReadConfig", isRead: true))
            bytes.CopyTo(destination);
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        var bytes = source.ToArray();
        Call(() => _device.CallWriteConfig(offset, bytes), "WriteConfig");
        Settle();
    }

    /// <inheritdoc/>
    public void Activate(IVirtioHost host)
    {
        for (var queue = 0; queue < _queues.Length; queue++)
            _queues[queue].IsDue |= host.Queue(queue).IsReady;
        Run();
    }

    /// <inheritdoc/>
    public void Notify(int queue)
    {
        _queues[queue].IsDue = true;
        Run();
    }

    /// <inheritdoc/>
    public void QueueReset(int queue)
    {
        Forget(_queues[queue]);
        Call(() => _device.CallQueueReset(queue), "OnQueueReset");
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Forget();
        Faults.BeginEpoch();
        ResetOwn();
    }

    /// <inheritdoc/>
    public override void Defer() => _isDeferring = true;

    /// <inheritdoc/>
    public override void RunDue()
    {
        _isDeferring = false;
        Settle();
        Run();
    }

    /// <inheritdoc/>
    public override void Resume() => Run();

    /// <inheritdoc/>
    public override void CaptureUsed(DeviceRecord record, int queue) => record.Own = _committed;

    /// <summary>Takes a queue's next chain.</summary>
    public bool TryTake(int index, [NotNullWhen(true)] out VirtioRequest? request)
    {
        request = null;
        var queue = _queues[index];
        if (!Transport.IsActive || IsDraining)
            return false;
        if (!Transport.Queue(index).IsReady)
            return false;
        if (queue.Share == 0)
        {
            queue.IsDue = true;
            Effects.YieldTurn();
            return false;
        }

        queue.Share--;
        switch (Transport.Queue(index).TryPop(out var chain, out var fault))
        {
            case VirtqueuePop.Broken:
                Transport.Fail(fault);
                return false;
            case VirtqueuePop.Empty:
                return false;
            default:
                request = new VirtioRequest(this, index, chain);
                queue.Taken.Enqueue(request);
                return true;
        }
    }

    /// <summary>Whether a chain is in the device's hands, and RAM may be touched.</summary>
    public bool Has(int queue, DescriptorChain chain) => Transport.IsActive && Transport.Queue(queue).Owns(chain);

    /// <summary>What a read or write of a request gave; the device breaks where RAM refused.</summary>
    public int Checked(int queue, int count)
    {
        if (count >= 0)
            return count;
        Transport.Fail(new GuestFault(GuestFaultKind.BufferOutsideRam, queue));
        return 0;
    }

    /// <summary>What the device keeps now.</summary>
    public byte[] StateNow() => Snapshot();

    /// <summary>A request is of use in a callback only.</summary>
    /// <exception cref="InvalidOperationException">It isn't in one.</exception>
    public void ThrowIfElsewhere()
    {
        if (!IsInTurn)
            throw new InvalidOperationException("A device acts in its own callbacks only, on the thread that calls them: tell it with Signal(...) from elsewhere.");
    }

    /// <summary>Uses what is complete, in order, and interrupts where the ring asks for it.</summary>
    protected override void Settle()
    {
        if (_isDeferring || !Transport.IsActive)
            return;
        for (var index = 0; index < _queues.Length; index++)
        {
            var taken = _queues[index].Taken;
            var queue = Transport.Queue(index);
            var count = 0;
            for (; taken.TryPeek(out var request) && request.IsDone; count++)
            {
                taken.Dequeue();
                _committed = request.State;
                if (queue.Push(request.Chain, request.Chain.Written))
                    continue;
                Transport.Fail(new GuestFault(GuestFaultKind.RingOutsideRam, index));
                return;
            }

            if (count == 0)
                continue;
            _trace?.Record(new PathStep(PathHop.EndChains, _vm, -1, 0, default, index, Device: _spec.Function));
            Transport.SignalUsed(queue);
        }
    }

    /// <inheritdoc/>
    protected override void Prepare()
    {
        for (var index = 0; index < _queues.Length; index++)
            _queues[index].Share = Transport.Queue(index).Size;
    }

    /// <inheritdoc/>
    protected override void OnFailed()
    {
        Transport.Break();
        Forget();
    }

    private void Run()
    {
        if (_isDeferring || _isRunning)
            return;
        _isRunning = true;
        try
        {
            for (var index = 0; index < _queues.Length; index++)
                Run(index);
        }
        finally
        {
            _isRunning = false;
        }
    }

    private void Run(int index)
    {
        var queue = _queues[index];
        if (!queue.IsDue || !Transport.IsActive)
            return;
        queue.IsDue = false;
        Prepare();
        _trace?.Record(new PathStep(PathHop.NotifyQueue, _vm, -1, 0, default, index, Device: _spec.Function));
        Call(() => _device.CallNotify(index), "OnNotify");
        Settle();
    }

    private void Forget()
    {
        foreach (var queue in _queues)
            Forget(queue);
    }

    private static void Forget(QueueState queue)
    {
        queue.IsDue = false;
        while (queue.Taken.TryDequeue(out var request))
            request.IsWorthless = true;
    }

    private PciSetupException Refused(string why) => new($"Device {_spec.Function} ('{_spec.Name}'): {why}.");

    private sealed class QueueState
    {
        public Queue<VirtioRequest> Taken { get; } = new();

        public bool IsDue { get; set; }

        /// <summary>Chains that the callback may still take.</summary>
        public int Share { get; set; }
    }
}
