using Actors.Guest;
using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>
/// A virtio device in a guest's hands, driven as virtio 1.2 clause 3.1 says: features agreed on, queues set up, MSI-X where the device has it. For devices of a test's own, which no driver
/// of the guest knows. <see cref="GuestSession.Virtio"/> gives it.
/// </summary>
public sealed class GuestVirtioDevice
{
    /// <summary>Most queues that are set up.</summary>
    public const int MaxQueues = 64;

    private readonly GuestSession _guest;
    private readonly List<DriverVirtqueue> _queues = [];
    private int _tokens;

    private GuestVirtioDevice(GuestSession guest, VirtioPciTransport transport)
    {
        _guest = guest;
        Transport = transport;
    }

    /// <summary>Registers: status, features, configuration.</summary>
    public VirtioPciTransport Transport { get; }

    /// <summary>Vector of all queues' interrupts.</summary>
    public byte QueueVector { get; private set; }

    /// <summary>Vector of configuration's interrupts; the queues' own where the device has its line only.</summary>
    public byte ConfigVector { get; private set; }

    /// <summary>Queues that are set up.</summary>
    public int QueueCount => _queues.Count;

    /// <summary>A queue's driver side.</summary>
    public DriverVirtqueue Queue(int index) => _queues[index];

    /// <summary>True when the device says that it needs a reset (clause 2.1.2).</summary>
    public async GuestTask<bool> NeedsReset() => ((byte)await Transport.ReadStatus() & VirtioSpec.StatusNeedsReset) != 0;

    /// <summary>Makes one request, kicks, and waits until it comes back.</summary>
    /// <param name="queue">Index of the queue.</param>
    /// <param name="request">What the device reads; may be empty.</param>
    /// <param name="replyBytes">How much it may write; 0: nothing.</param>
    /// <returns>What it wrote.</returns>
    public async GuestTask<byte[]> Ask(int queue, byte[] request, int replyBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(request);
        var memory = _guest.Cpu.Memory;
        var segments = new List<GuestSegment>();
        if (request.Length > 0)
        {
            var from = _guest.Platform.Heap.Allocate(request.Length);
            memory.TryWrite(from, request);
            segments.Add(new GuestSegment(from, (uint)request.Length, false));
        }

        var to = replyBytes == 0 ? 0 : _guest.Platform.Heap.Allocate(replyBytes);
        if (replyBytes > 0)
            segments.Add(new GuestSegment(to, (uint)replyBytes, true));
        var token = ++_tokens;
        if (!_queues[queue].TryAdd([.. segments], token))
            throw new InvalidOperationException($"Queue {queue} has too few free descriptors.");
        if (_queues[queue].Publish())
            await _queues[queue].Kick(_guest.Cpu);
        var reply = new byte[await WaitFor(queue, token)];
        memory.TryRead(to, reply);
        return reply;
    }

    /// <summary>Puts a chain of any layout, legal or not, into a queue and kicks it.</summary>
    public async GuestTask Submit(Chain chain, int queue = 0)
    {
        ArgumentNullException.ThrowIfNull(chain);
        _guest.Put(chain, _queues[queue]);
        await _queues[queue].Kick(_guest.Cpu);
    }

    internal static async GuestTask<GuestVirtioDevice> Open(GuestSession guest, Bdf at, ulong features, DriverOptions options)
    {
        var device = await guest.Platform.Pci.Probe(at) ?? throw new InvalidOperationException($"The guest finds nothing at {at}.");
        var transport = await VirtioPciTransport.Open(guest.Cpu, device, options, guest.Platform.Pci.Addresses)
            ?? throw new InvalidOperationException($"The device at {at} has no virtio interface.");
        var opened = new GuestVirtioDevice(guest, transport);
        if (await transport.Negotiate(features | VirtioSpec.FeatureVersion1 | (options.EventIndex ? VirtioSpec.FeatureEventIndex : 0)
            | (options.IndirectDescriptors ? VirtioSpec.FeatureIndirectDescriptors : 0)) is { } refusal)
            throw new InvalidOperationException($"The device at {at} can't be driven: {refusal}.");
        await opened.SetUpInterrupts();
        for (var index = 0; index < MaxQueues && await transport.SelectQueue(index) is var offered and > 0; index++)
            await opened.SetUp(index, offered, options);
        await transport.DriverOk();
        return opened;
    }

    private async GuestTask SetUpInterrupts()
    {
        var platform = _guest.Platform;
        if (Transport.Msix is not { } msix)
        {
            var line = await Transport.Device.Read(PciSpec.InterruptLine, 1);
            QueueVector = ConfigVector = await platform.Interrupts.AttachLine(platform.IoApic, (int)line, platform.ApicId, Transport);
            return;
        }

        ConfigVector = platform.Interrupts.Allocate();
        QueueVector = platform.Interrupts.Allocate();
        var address = PlatformSpec.MsiAddressBase | ((ulong)platform.ApicId << 12);
        await msix.Set(0, address, ConfigVector);
        await msix.Set(1, address, QueueVector);
        await msix.Enable();
        await Transport.SetConfigVector(0);
    }

    private async GuestTask SetUp(int index, int offered, DriverOptions options)
    {
        if (Transport.Msix is not null)
            await Transport.SetQueueVector(1);
        var (layout, doorbell) = await Transport.EnableQueue(index, offered, options.QueueSize, _guest.Platform.Heap);
        _queues.Add(new DriverVirtqueue(
            _guest.Cpu.Memory, layout, doorbell, (Transport.Features & VirtioSpec.FeatureEventIndex) != 0,
            (Transport.Features & VirtioSpec.FeatureIndirectDescriptors) != 0 ? _guest.Platform.Heap : null));
    }

    private async GuestTask<uint> WaitFor(int queue, int token)
    {
        var ring = _queues[queue];
        while (true)
        {
            while (ring.TryTakeUsed(out var used, out var written))
            {
                if (used == token)
                    return written;
            }

            if (ring.IsBroken)
                throw new InvalidOperationException($"The device wrote what can't be into the used ring of queue {queue}.");
            if (await NeedsReset())
                throw new InvalidOperationException("The device needs a reset.");
            if (ring.EnableInterrupts())
                await _guest.Platform.Interrupts.Wait();
        }
    }
}
