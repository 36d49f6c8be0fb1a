using System.Buffers;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// A whole device with its ports, as their actors would run them, but one message at a time and with crashes where a test wants them: at the sites in the
/// work, or at the receipt of a message. A crash costs the message, as in an actor; then device and ports begin anew from what outlives them. The guest is a
/// modern multiport driver that looks at its rings only when it is interrupted. Each access is repeated until it is answered.
/// </summary>
internal sealed partial class CrashRig : IDeviceEffects, ICrashPoints
{
    private const int RingSpan = 0x8_0000;
    private const ushort Config = 0;

    private readonly Queue<(object Message, int Port)> _mail = [];
    private readonly PciBarAllocator _bars = new();
    private readonly ushort[] _seen;
    private readonly ConsoleDeviceSpec _spec;
    private readonly RoomServices _services;
    private readonly bool _isRemote;
    private MountedDevice _device;
    private bool _mustRecover;
    private bool _isYielding;
    private ulong _sequence;
    private DeviceHop.AccessDone? _answer;

    public CrashRig(params ConsolePortSpec[] ports)
        : this(isRemote: false, ports)
    {
    }

    /// <param name="isRemote">The guest's RAM is on another node: the device reaches it by exchanges, which are messages like others.</param>
    /// <param name="ports">The device's.</param>
    public CrashRig(bool isRemote, params ConsolePortSpec[] ports)
    {
        var spec = new ConsoleDeviceSpec(new Bdf(0, 3, 0), [.. ports], VirtioTransportKind.Modern);
        var queues = VirtioConsoleSpec.QueueCount(ports.Length, multiport: true);
        Memory = new TestMemory(RingSpan * queues);
        Ports = new PortEnd[ports.Length];
        for (var i = 0; i < ports.Length; i++)
            Ports[i] = new PortEnd(this, i, ports[i]);
        _device = null!;
        _spec = spec;
        _services = new RoomServices(new Directory(), TimeProvider.System, Crashes: this, Variants: Shelf);
        _isRemote = isRemote;
        Life = new DeviceLife(Machine, spec, DeviceCatalog.BuiltIn, 1, Ram(1), new PciInterrupt(1, 16), [.. Ports.Select(port => port.Open)], _services);
        Life.PowerOn(_bars);
        _device = Life.Incarnate();
        _device.Begin(this);
        Rings = new DriverRing[queues];
        _seen = new ushort[queues];
        foreach (var port in Ports)
            port.Begin();
    }

    public DeviceLife Life { get; private set; }

    /// <summary>Asked at each crash: true when the whole node is lost with it, device, ports and all that is under way, and another node takes over.</summary>
    public Func<bool>? NodeLost { get; set; }

    /// <summary>Takeovers so far.</summary>
    public int Moves { get; private set; }

    /// <summary>What takeovers left to be said.</summary>
    public List<PortOrigin> Origins { get; } = [];

    /// <summary>The RAM's side of exchanges.</summary>
    public MemoryServer Server { get; } = new(new VmId(1));

    /// <summary>Called with each exchange that is applied, before it is.</summary>
    public Action<MemoryHop.Exchange>? BeforeExchange { get; set; }

    /// <summary>Where the device's records are found after a crash.</summary>
    public RecordShelf Shelf { get; } = new();

    public TestMemory Memory { get; }

    public DriverRing[] Rings { get; }

    public PortEnd[] Ports { get; }

    /// <summary>Asked at each site and each receipt: true to crash there.</summary>
    public Func<CrashSite?, bool>? Crash { get; set; }

    public int Crashes { get; private set; }

    public int DeviceCrashes { get; private set; }

    /// <summary>Names of the sites that were passed.</summary>
    public HashSet<string> Passed { get; } = [];

    /// <summary>Messages that were sent as interrupts since the guest last looked.</summary>
    public HashSet<uint> Interrupts { get; } = [];

    public List<GuestFault> Faults { get; } = [];

    /// <summary>Decides of each message between device and ports how often it arrives; null: once.</summary>
    public Func<int>? Arrivals { get; set; }

    public MountedDevice Device => _device;

    public void Run(int most = int.MaxValue)
    {
        for (; most > 0; most--)
        {
            if (_mail.TryDequeue(out var next))
                Deliver(next.Message, next.Port);
            else if (_mustRecover)
                OnDevice(() => { }, () => { });
            else if (Array.Find(Ports, port => port.HasTurn) is { } port)
                OnPort(port, () => port.TakeTurn());
            else
                return;
        }
    }

    /// <summary>A retry period passes everywhere.</summary>
    public void Tick()
    {
        OnDevice(() => _device.Repeat(), () => { });
        foreach (var port in Ports)
            OnPort(port, () => port.Core.Repeat());
        Run();
    }

    public void Settle()
    {
        for (var i = 0; i < 30; i++)
        {
            Run();
            Tick();
            foreach (var port in Ports)
                OnPort(port, () => port.Core.Turn());
            Run();
        }
    }

    /// <summary>An access of the only vCPU, repeated until answered.</summary>
    public ulong Access(int bar, ulong offset, int size, ulong? value)
    {
        var io = value is { } written ? IoAccess.Store(offset, size, written) : IoAccess.Load(offset, size);
        var request = new DeviceHop.Access(1, 0, ++_sequence, bar, offset, io);
        _answer = null;
        for (var i = 0; i < 1000; i++)
        {
            OnDevice(() => Answer(_device.Take(request)), () => { });
            if (_answer is { } done)
                return done.Value;
            Run(5);
            if (Life.Memory is not null && i % 20 == 19)
                Tick();
            if (_answer is { } late)
                return late.Value;
        }

        throw new InvalidOperationException("nobody answers");
    }

    void ICrashPoints.Here(CrashSite site, VmId vm, int detail)
    {
        Passed.Add(site.Name);
        if (Crash?.Invoke(site) == true)
            throw new CrashException(site.Name);
    }

    void IDeviceEffects.SendMsi(ulong sequence, ulong address, uint data) => Interrupts.Add(data);

    void IDeviceEffects.SendIntx(uint change, bool isAsserted)
    {
    }

    void IDeviceEffects.Register(in DoorbellRegistrations.Request request) => _mail.Enqueue((new Registered(request.Id), -1));

    void IDeviceEffects.Send(MemoryHop.Exchange exchange) => Post(exchange, -1);

    void IConsolePorts.Send(int port, PortHop.Write write) => Post(write, port);

    void IConsolePorts.Send(int port, PortHop.Grant grant) => Post(grant, port);

    void IConsolePorts.Send(int port, PortHop.Emergency emergency) => Post(emergency, port);

    void IConsolePorts.Send(int port, PortHop.Resume resume) => Post(resume, port);

    void IDeviceEffects.Wake(TimeSpan after) => throw new NotSupportedException("A console doesn't sleep.");

    void IDeviceEffects.Post(object what) => throw new NotSupportedException("A console hears of no signal.");

    void IDeviceEffects.Failed(string reason) => throw new InvalidOperationException(reason);

    void IConsolePorts.Watch()
    {
    }

    void IConsolePorts.YieldTurn()
    {
        if (!_isYielding)
            _mail.Enqueue((new NextTurn(), -1));
        _isYielding = true;
    }

    void IGuestFaultReporter.Report(in GuestFault fault) => Faults.Add(fault);

    private void Post(object message, int port)
    {
        for (var copies = Arrivals?.Invoke() ?? 1; copies > 0; copies--)
            _mail.Enqueue((message, port));
    }

    private void Deliver(object message, int port)
    {
        switch (message)
        {
            case Doorbell doorbell:
                OnDevice(() => _device.Pci.Doorbell(doorbell.Queue), () => { }, isRaw: true);
                break;
            case NextTurn:
                OnDevice(() => _device.Resume(), () => _isYielding = false);
                break;
            case MemoryHop.Exchange exchange:
                BeforeExchange?.Invoke(exchange);
                if (Server.Take(Memory, exchange) is { } exchanged)
                    Post(exchanged, -1);
                break;
            case MemoryHop.Exchanged answer:
                OnDevice(() => _device.Take(answer), () => { });
                break;
            case Registered registered:
                OnDevice(() => _device.Take(new DispatchHop.RegistrationResult(new VmId(1), 1, registered.Id, Errno.Ok)), () => { });
                break;
            case PortHop.Status status:
                OnDevice(() => _device.Take(status), () => { });
                break;
            case PortHop.Input input:
                OnDevice(() => _device.Take(input), () => { });
                break;
            default:
                OnPort(Ports[port], () => Ports[port].Take(message));
                break;
        }
    }

    /// <summary>A message of the device's mailbox.</summary>
    private void OnDevice(Action work, Action before, bool isRaw = false)
    {
        before();
        try
        {
            if (Crash?.Invoke(null) == true)
                throw new CrashException("receipt");
            if (_mustRecover)
            {
                _mustRecover = false;
                _device.Recover();
            }

            work();
            if (isRaw)
                _device.Resume();
            while (_device.TryTakeHeld(out DeviceHop.AccessDone held))
                Answer(held);
        }
        catch (CrashException)
        {
            Crashes++;
            DeviceCrashes++;
            if (NodeLost?.Invoke() == true)
            {
                Move();
                return;
            }

            _device = Life.Incarnate();
            _device.Begin(this);
            _mustRecover = true;
            foreach (var port in Ports)
                port.Restart();
        }
    }

    private void OnPort(PortEnd port, Action work)
    {
        try
        {
            if (Crash?.Invoke(null) == true)
                throw new CrashException("receipt");
            port.ResumeIfDue();
            work();
        }
        catch (CrashException)
        {
            Crashes++;
            if (NodeLost?.Invoke() == true)
                Move();
            else
                port.Restart();
        }
    }

    private VmSpec Machine => new(new VmId(1), 1, 0x20_0000, new GuestSpec("none", []), [_spec]);

    /// <summary>Device and ports begin again from the bytes that were kept elsewhere, with backends that know how much they have. Doorbells ring when they are registered again.</summary>
    private void Move()
    {
        Moves++;
        var fence = new FencingToken((ulong)Moves + 1);
        var bytes = RecordBytes(fence);
        LargestRecord = Math.Max(LargestRecord, bytes.Length);
        _mail.Clear();
        _isYielding = false;
        Assert.True(DeviceRecordCodec.TryRead(bytes, out var record));
        foreach (var port in Ports)
            port.Reopen(record!, fence.Value);
        Life = new DeviceLife(
            Machine, _spec, DeviceCatalog.BuiltIn, 1, Ram(fence.Value), new PciInterrupt(1, 16), [.. Ports.Select(port => port.Open)], record, new PciBarAllocator(), _services, fence);
        Assert.Null(Life.Loss);
        _device = Life.Incarnate();
        _device.Begin(this);
        _mustRecover = true;
        for (var queue = 0; queue < Rings.Length; queue++)
            _mail.Enqueue((new Doorbell(queue), -1));
    }

    private IGuestMemory Ram(ulong fence) => _isRemote ? new RemoteRam(new VmId(1), (ulong)Memory.Ram.Length, ActorRefs.Nobody, new FencingToken(fence), 1) : Memory;

    /// <summary>The device's record where it survives its node: with the guest's RAM, or as it was written last.</summary>
    private byte[] RecordBytes(FencingToken fence)
    {
        if (_isRemote)
            return [.. Server.Read(new MemoryHop.ReadRecords(new VmId(1), fence)).Devices.Single().Bytes];
        var output = new ArrayBufferWriter<byte>();
        DeviceRecordCodec.Write(Shelf.Copies[^1], output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Bytes of the largest record that went to another node.</summary>
    public int LargestRecord { get; private set; }

    private void Answer(DeviceHop.AccessDone? answer)
    {
        if (answer is not null && answer.Sequence == _sequence)
            _answer = answer;
    }

    private sealed record Doorbell(int Queue);

    private sealed record NextTurn;

    private sealed record Registered(long Id);

    private sealed class CrashException(string site) : Exception(site);

    private sealed class Directory : IGuestMemoryDirectory
    {
        public IGuestMemory Create(VmId vm, ulong bytes) => throw new NotSupportedException();

        public IGuestMemory? Find(VmId vm) => null;

        public void Clear(VmId vm)
        {
        }

        public void Remove(VmId vm)
        {
        }
    }
}
