using System.Buffers.Binary;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>
/// Plays hand-made events of one virtio console to one oracle: a driver that sets up queues 0 and 1 of four entries, and a device that does with them what the test
/// says. No world runs.
/// </summary>
internal sealed class RingStage : IDisposable
{
    private const int DeviceActor = World.FirstActor + 5;
    private const ulong Rings = 0x10_0000;

    private readonly SimHost _host = new();
    private readonly World _world;
    private readonly Oracle _oracle;
    private int _sequence;
    private ulong _access;
    private ulong _message;
    private uint _change;

    public RingStage(Oracle oracle, PortPolicy? policy = null, bool isUp = true)
    {
        // The host makes its actor system with its first run.
        _host.Run(new RunRequest(new Plan { Name = "curtain", Check = ["none"], Workload = new PlanWorkload { Bytes = 1 } }, 1));
        _world = new World(_host, new RunRequest(new Plan { Name = "stage" }, 1));
        var port = new ConsolePortSpec("v0.0.0", true, BackendKind.Stdio, Policy: policy ?? PortPolicy.Block);
        _world.Machines = [new VmSpec(Vm, 1, 16 << 20, new GuestSpec("none", []), [new ConsoleDeviceSpec(Function, [port])])];
        _oracle = oracle;
        oracle.OnBegin(_world);
        _world.Virtio.Adopt(DeviceActor, _world.Virtio.Device(Vm, Function));
        if (!isUp)
            return;
        Write(VirtioPciSpec.DeviceStatus, 1, 11).Read(VirtioPciSpec.DeviceStatus, 1, 11).Enable(0).Enable(1).Write(VirtioPciSpec.DeviceStatus, 1, 15);
    }

    public static VmId Vm => new(0);

    public static Bdf Function => new(0, 3, 0);

    /// <summary>Virtual time.</summary>
    public TimeSpan Time { get; set; }

    /// <summary>Number of the step.</summary>
    public long Step { get; set; } = 1;

    /// <summary>What the oracle said.</summary>
    public IReadOnlyList<Violation> Said => _world.Violations;

    /// <summary>Actor that is at work.</summary>
    public int Actor { get; set; } = DeviceActor;

    public static ulong Descriptors(int queue) => Rings + ((ulong)queue * 0x1000);

    public static ulong Available(int queue) => Descriptors(queue) + 0x400;

    public static ulong Used(int queue) => Descriptors(queue) + 0x800;

    public static ulong Buffer(int number) => 0x20_0000 + ((ulong)number * 0x100);

    public RingStage Write(int register, int size, ulong value) => Access(register, new IoAccess(IoRequestType.Mmio, IoDirection.Write, (byte)size, 0, value), 0);

    public RingStage Read(int register, int size, ulong value) => Access(register, new IoAccess(IoRequestType.Mmio, IoDirection.Read, (byte)size, 0, 0), value);

    public RingStage Enable(int queue) => Place(queue, Descriptors(queue));

    /// <summary>The driver asks for a queue of four entries: available ring 0x400 and used ring 0x800 behind the descriptors.</summary>
    public RingStage Place(int queue, ulong descriptors) =>
        Write(VirtioPciSpec.QueueSelect, 2, (ulong)queue)
            .Write(VirtioPciSpec.QueueSize, 2, 4)
            .Write(VirtioPciSpec.QueueDesc, 4, descriptors)
            .Write(VirtioPciSpec.QueueDriver, 4, descriptors + 0x400)
            .Write(VirtioPciSpec.QueueDevice, 4, descriptors + 0x800)
            .Write(VirtioPciSpec.QueueEnable, 2, 1);

    public RingStage Reset() => Write(VirtioPciSpec.DeviceStatus, 1, 0);

    /// <summary>The guest's available index.</summary>
    public RingStage Offer(int queue, ushort index) => Memory(MemoryUser.Guest, true, Available(queue) + VirtioSpec.AvailIndex, Word(index));

    /// <summary>The device takes a chain of one descriptor.</summary>
    public RingStage Take(int queue, ushort slot, ushort head, int buffer, uint length, bool isWritable)
    {
        DeviceReads(Available(queue) + VirtioSpec.AvailRing + (2UL * slot), Word(head));
        var descriptor = new byte[VirtioSpec.DescriptorSize];
        BinaryPrimitives.WriteUInt64LittleEndian(descriptor, Buffer(buffer));
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(8), length);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor.AsSpan(12), isWritable ? VirtioSpec.DescriptorWrite : (ushort)0);
        return DeviceReads(Descriptors(queue) + (16UL * head), descriptor);
    }

    public RingStage Element(int queue, int slot, uint head, uint length)
    {
        var element = new byte[VirtioSpec.UsedElementSize];
        BinaryPrimitives.WriteUInt32LittleEndian(element, head);
        BinaryPrimitives.WriteUInt32LittleEndian(element.AsSpan(4), length);
        return DeviceWrites(Used(queue) + VirtioSpec.UsedRing + (8UL * (ulong)slot), element);
    }

    public RingStage Index(int queue, ushort index) => DeviceWrites(Used(queue) + VirtioSpec.UsedIndex, Word(index));

    /// <summary>The device sends what a chain with output holds, gives it back, and the backend takes it first.</summary>
    public RingStage Send(ushort number, byte[] data)
    {
        var slot = (ushort)(number & 3);
        return Offer(1, (ushort)(number + 1)).Take(1, slot, slot, slot, (uint)data.Length, isWritable: false).DeviceReads(Buffer(slot), data)
            .Accept(data).Element(1, slot, slot, 0).Index(1, (ushort)(number + 1));
    }

    public RingStage DeviceReads(ulong address, byte[] data) => Memory(MemoryUser.Device, false, address, data);

    public RingStage DeviceWrites(ulong address, byte[] data) => Memory(MemoryUser.Device, true, address, data);

    public RingStage Accept(byte[] data) => Backend(BackendEventKind.Accepted, data);

    public RingStage Give(byte[] data) => Backend(BackendEventKind.Given, data);

    public RingStage Drop(int count, DropReason reason) =>
        Backend(new BackendEvent(Vm, Function, 0, BackendEventKind.DroppedOutput, count, 1, 0, reason), []);

    public RingStage Backend(BackendEventKind kind, byte[] data, int incarnation = 1) => Backend(new BackendEvent(Vm, Function, 0, kind, data.Length, incarnation), data);

    public RingStage Interrupt()
    {
        var send = new SendEvent(LinkSite.IrqRaise, DeviceActor, World.FirstActor, new InterruptHop.InjectMsi(Vm, 1, 0x18, ++_message, 0xFEE0_0000, 0x40), true, false);
        _oracle.OnSend(Now(), send);
        return this;
    }

    /// <summary>The device's line changes.</summary>
    public RingStage Line(bool isHigh)
    {
        _oracle.OnSend(Now(), new SendEvent(LinkSite.DeviceResult, DeviceActor, World.FirstActor, new DeviceHop.Intx(Function, 1, ++_change, isHigh), true, false));
        return this;
    }

    /// <summary>The driver finds MSI-X at 0x40 of configuration space, gives every queue entry 1 of its table, and turns it on.</summary>
    public RingStage UseMsix(params ReadOnlySpan<int> queues)
    {
        const int capability = 0x40;
        Configuration(IoDirection.Read, PciSpec.CapabilityPointer, 1, capability).Configuration(IoDirection.Read, capability, 1, PciSpec.CapabilityMsix);
        foreach (var queue in queues)
            Write(VirtioPciSpec.QueueSelect, 2, (ulong)queue).Write(VirtioPciSpec.QueueMsixVector, 2, 1);
        return Table(8, 0x40).Mask(false).Configuration(IoDirection.Write, capability + PciSpec.MsixControl, 2, PciSpec.MsixEnable);
    }

    /// <summary>The driver masks the entry, or takes the mask away.</summary>
    public RingStage Mask(bool on) => Table(12, on ? PciSpec.MsixEntryMasked : 0);

    /// <summary>The driver wants an interrupt for each buffer, or none.</summary>
    public RingStage Flags(int queue, ushort flags) => Memory(MemoryUser.Guest, true, Available(queue) + VirtioSpec.AvailFlags, Word(flags));

    /// <summary>A step is over, and time goes by.</summary>
    public RingStage EndStep(TimeSpan passes = default)
    {
        _oracle.OnStep(Now());
        Step++;
        Time += passes;
        return this;
    }

    public RingStage Life(LifeChange change)
    {
        _oracle.OnLife(Now(), new LifeStep(Vm, "device-model/vm-0/pci-0.3.0", change, 1, null));
        return this;
    }

    public RingStage Tell(int count)
    {
        for (var i = 0; i < count; i++)
            _oracle.OnSend(Now(), new SendEvent(null, -1, DeviceActor, "message", true, false));
        return this;
    }

    public RingStage Take(int count)
    {
        for (var i = 0; i < count; i++)
            _oracle.OnReceive(Now(), new ReceiveEvent(DeviceActor, "message"));
        return this;
    }

    public RingStage Phase(WorldPhase phase)
    {
        _oracle.OnPhase(Now(), phase);
        return this;
    }

    public RingStage Withhold()
    {
        _oracle.OnSend(Now(), new SendEvent(LinkSite.IrqRaise, DeviceActor, -1, "message", false, false));
        return this;
    }

    public RingStage Fire()
    {
        _oracle.OnFault(Now(), new FaultEvent(0, FaultEventKind.Fired, 7, -1, 0));
        return this;
    }

    public void Dispose() => _host.Dispose();

    public static byte[] Word(ushort value)
    {
        var bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    private RingStage Memory(MemoryUser who, bool isWrite, ulong address, byte[] data)
    {
        var access = new MemoryEvent(Vm, who, isWrite, address, data.Length, false);
        _world.Virtio.OnMemory(Now(), access, data);
        if ((_oracle.Interest & WorldInterest.Memory) != 0)
            _oracle.OnMemory(Now(), access, data);
        return this;
    }

    private RingStage Backend(in BackendEvent happened, byte[] data)
    {
        var moment = Now();
        _world.Ports.OnBackend(moment, happened, data);
        _oracle.OnBackend(moment, happened, data);
        return this;
    }

    /// <summary>Another processor resets the device; what happens meanwhile happens before the reset is done.</summary>
    public RingStage ResetDuring(Func<RingStage, RingStage> meanwhile)
    {
        var reset = ++_access;
        Begin(1, reset, VirtioPciSpec.DeviceStatus, new IoAccess(IoRequestType.Mmio, IoDirection.Write, 1, 0, 0));
        meanwhile(this);
        return End(1, reset, 0);
    }

    private RingStage Table(int register, uint value) =>
        Access(PciSpec.MsixEntrySize + register, new IoAccess(IoRequestType.Mmio, IoDirection.Write, 4, 0, value), 0, VirtioPciSpec.MsixBar);

    private RingStage Configuration(IoDirection direction, int register, byte size, ulong value) =>
        Access(register, new IoAccess(IoRequestType.PciConfig, direction, size, 0, value), value, DeviceHop.Configuration);

    private RingStage Access(int register, IoAccess io, ulong value, int bar = VirtioPciSpec.ModernBar)
    {
        _access++;
        return Begin(0, _access, register, io, bar).End(0, _access, value);
    }

    private RingStage Begin(int vcpu, ulong sequence, int register, IoAccess io, int bar = VirtioPciSpec.ModernBar)
    {
        var receive = new ReceiveEvent(DeviceActor, new DeviceHop.Access(1, vcpu, sequence, bar, (ulong)register, io));
        _world.Virtio.OnReceive(Now(), receive);
        if ((_oracle.Interest & WorldInterest.Receive) != 0 && _oracle is InterruptView)
            _oracle.OnReceive(Now(), receive);
        return this;
    }

    private RingStage End(int vcpu, ulong sequence, ulong value)
    {
        var done = new DeviceHop.AccessDone(1, vcpu, sequence, value, null);
        _world.Virtio.OnSend(Now(), new SendEvent(LinkSite.DeviceResult, DeviceActor, World.FirstActor, done, true, false));
        return this;
    }

    private Moment Now() => new(Time.Ticks, Step, ++_sequence, 0, Actor);
}
