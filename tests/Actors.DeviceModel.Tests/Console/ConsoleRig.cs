using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// A console device with its ports and memory backends, no actors: messages lie in a list until <see cref="Run"/> delivers them, in order, or
/// as a plan says. The guest's side is a <see cref="DriverRing"/> a queue.
/// </summary>
internal sealed class ConsoleRig : IVirtioHost, IConsolePorts
{
    private const int RingSpan = 0x1_0000;

    private readonly LinkedList<(int Port, object Message)> _mail = [];
    private readonly Virtqueue[] _queues;
    private readonly ushort[] _usedSeen;

    public ConsoleRig(params ConsolePortSpec[] ports)
    {
        var spec = new ConsoleDeviceSpec(new Bdf(0, 3, 0), [.. ports]);
        Console = new VirtioConsole(new VmId(1), spec, Enumerable.Repeat(true, ports.Length).ToArray(), null);
        Console.Begin(this);
        Console.Attach(this);
        _queues = Enumerable.Range(0, Console.QueueCount).Select(i => new Virtqueue(i)).ToArray();
        _usedSeen = new ushort[_queues.Length];
        Memory = new TestMemory(0x1000 + (RingSpan * 8 * _queues.Length));
        Rings = new DriverRing[_queues.Length];
        Ports = new PortEnd[ports.Length];
        for (var i = 0; i < ports.Length; i++)
            Ports[i] = new PortEnd(this, i, ports[i]);
        NewRings();
    }

    public VirtioConsole Console { get; }

    public TestMemory Memory { get; }

    public DriverRing[] Rings { get; }

    public PortEnd[] Ports { get; }

    public List<GuestFault> Failures { get; } = [];

    public List<GuestFault> Reports { get; } = [];

    public List<ushort> Interrupts { get; } = [];

    public int ConfigChanges { get; private set; }

    public int Messages { get; private set; }

    public int MostMessages { get; private set; }

    public bool IsYielding { get; private set; }

    public bool IsWatching { get; private set; }

    /// <summary>Decides of each message how often it arrives; null: once.</summary>
    public Func<int>? Arrivals { get; set; }

    public ulong NegotiatedFeatures { get; set; }

    public bool IsActive { get; set; }

    public uint Epoch { get; private set; } = 1;

    public Virtqueue Queue(int index) => _queues[index];

    public void SignalUsed(Virtqueue queue)
    {
        if (IsActive && queue.NeedsInterrupt())
            Interrupts.Add((ushort)queue.Index);
    }

    public void SignalConfigChange() => ConfigChanges++;

    public void Fail(GuestFault fault)
    {
        Failures.Add(fault);
        IsActive = false;
        foreach (var queue in _queues)
            queue.Reset();
    }

    public void Report(in GuestFault fault) => Reports.Add(fault);

    public void Send(int port, PortHop.Write write) => Post(port, write);

    public void Send(int port, PortHop.Grant grant) => Post(port, grant);

    public void Send(int port, PortHop.Emergency emergency) => Post(port, emergency);

    public void Send(int port, PortHop.Resume resume) => Post(port, resume);

    public void Watch() => IsWatching = true;

    public void YieldTurn() => IsYielding = true;

    public void Post(int port, object message)
    {
        var copies = Arrivals?.Invoke() ?? 1;
        for (var i = 0; i < copies; i++)
            _mail.AddLast((port, message));
        MostMessages = Math.Max(MostMessages, _mail.Count);
    }

    /// <summary>The driver comes up: features, all queues, DRIVER_OK.</summary>
    public ConsoleRig Start(ulong features = VirtioConsoleSpec.FeatureMultiport | VirtioSpec.FeatureVersion1)
    {
        NegotiatedFeatures = features;
        for (var i = 0; i < _queues.Length; i++)
        {
            if (Console.QueueSizeOf(i, features) == 0)
                continue;
            var ring = Rings[i];
            Assert.True(_queues[i].TryEnable(Memory, ring.Size, ring.Descriptors, ring.Available, ring.Used, features));
        }

        IsActive = true;
        Console.Activate(this);
        return this;
    }

    /// <summary>As <see cref="Start"/>, and through the handshake: every port known, named and open on both sides.</summary>
    public ConsoleRig StartAndOpen()
    {
        Start();
        OfferControl(64);
        SendControl(VirtioConsoleSpec.BadId, VirtioConsoleSpec.DeviceReady, 1);
        for (var i = 0; i < Ports.Length; i++)
        {
            SendControl((uint)i, VirtioConsoleSpec.PortReady, 1);
            SendControl((uint)i, VirtioConsoleSpec.PortOpen, 1);
        }

        Run();
        return this;
    }

    /// <summary>The guest resets the device.</summary>
    public void Reset()
    {
        IsActive = false;
        NegotiatedFeatures = 0;
        Epoch++;
        foreach (var queue in _queues)
            queue.Reset();
        Console.Reset();
        NewRings();
    }

    /// <summary>Resets one queue, as RING_RESET does, and enables it again with new rings.</summary>
    public void ResetQueue(int index)
    {
        _queues[index].Reset();
        Console.QueueReset(index);
        NewRing(index);
        var ring = Rings[index];
        Assert.True(_queues[index].TryEnable(Memory, ring.Size, ring.Descriptors, ring.Available, ring.Used, NegotiatedFeatures));
        Console.Activate(this);
    }

    /// <summary>Delivers messages until none is left; gives turns that were asked for.</summary>
    public void Run(int most = int.MaxValue)
    {
        for (; most > 0 && (_mail.Count > 0 || IsYielding || Ports.Any(port => port.IsYielding)); most--)
        {
            if (_mail.First is { } first)
            {
                _mail.RemoveFirst();
                Messages++;
                Deliver(first.Value.Port, first.Value.Message);
                continue;
            }

            IsYielding = false;
            Console.Resume();
            foreach (var port in Ports)
                port.Turn();
        }
    }

    /// <summary>A retry period passes everywhere.</summary>
    public void Tick()
    {
        Console.Repeat();
        foreach (var port in Ports)
            port.Core.Repeat();
        Run();
    }

    /// <summary>Kicks a queue as the transport would.</summary>
    public void Kick(int queue)
    {
        if (IsActive && _queues[queue].IsReady)
            Console.Notify(queue);
    }

    /// <summary>Makes transmit buffers available and kicks.</summary>
    public void Transmit(int port, params byte[][] chains)
    {
        var queue = VirtioConsoleSpec.TransmitQueueOf(port);
        foreach (var chain in chains)
            Rings[queue].Send(Rings[queue].Out(chain));
        Kick(queue);
    }

    /// <summary>Makes receive buffers available and kicks.</summary>
    public void OfferReceive(int port, int count, int bytes)
    {
        var queue = VirtioConsoleSpec.ReceiveQueueOf(port);
        for (var i = 0; i < count; i++)
            Rings[queue].Send(Rings[queue].In(bytes));
        Kick(queue);
    }

    public void OfferControl(int count, int bytes = 300)
    {
        for (var i = 0; i < count; i++)
            Rings[VirtioConsoleSpec.ControlReceive].Send(Rings[VirtioConsoleSpec.ControlReceive].In(bytes));
        Kick(VirtioConsoleSpec.ControlReceive);
    }

    public void SendControl(uint id, ushort kind, ushort value)
    {
        var message = new byte[VirtioConsoleSpec.ControlSize];
        BinaryPrimitives.WriteUInt32LittleEndian(message, id);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), kind);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), value);
        Rings[VirtioConsoleSpec.ControlTransmit].Send(Rings[VirtioConsoleSpec.ControlTransmit].Out(message));
        Kick(VirtioConsoleSpec.ControlTransmit);
    }

    /// <summary>Buffers that came back since the last call: descriptor and length.</summary>
    public List<(uint Head, uint Length)> TakeUsed(int queue)
    {
        var list = new List<(uint, uint)>();
        for (; _usedSeen[queue] != Rings[queue].UsedIndex; _usedSeen[queue]++)
            list.Add(Rings[queue].UsedElement(_usedSeen[queue]));
        return list;
    }

    /// <summary>What a receive queue's returned buffers hold, in order (single-descriptor chains).</summary>
    public byte[] TakeReceived(int queue)
    {
        var bytes = new List<byte>();
        foreach (var (head, length) in TakeUsed(queue))
            bytes.AddRange(Content(queue, head, length));
        return [.. bytes];
    }

    /// <summary>Control messages that came, as text: "3 PORT_NAME 1 abc".</summary>
    public List<string> TakeControl()
    {
        var list = new List<string>();
        foreach (var (head, length) in TakeUsed(VirtioConsoleSpec.ControlReceive))
        {
            if (length == 0)
            {
                list.Add("empty");
                continue;
            }

            var message = Content(VirtioConsoleSpec.ControlReceive, head, length);
            var kind = BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(4));
            var payload = message.AsSpan(8).ToArray();
            list.Add($"{BinaryPrimitives.ReadUInt32LittleEndian(message)} " + kind switch
            {
                VirtioConsoleSpec.DeviceAdd => "ADD",
                VirtioConsoleSpec.DeviceRemove => "REMOVE",
                VirtioConsoleSpec.ConsolePort => "CONSOLE",
                VirtioConsoleSpec.PortName => "NAME " + Encoding.UTF8.GetString(payload),
                VirtioConsoleSpec.PortOpen => "OPEN " + BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(6)),
                VirtioConsoleSpec.Resize => $"RESIZE {BinaryPrimitives.ReadUInt16LittleEndian(payload)}x{BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(2))}",
                _ => $"? {kind}",
            });
        }

        return list;
    }

    private byte[] Content(int queue, uint head, uint length)
    {
        var at = Rings[queue].Descriptors + (16UL * head);
        return Memory.Peek(Memory.Peek32(at) | ((ulong)Memory.Peek32(at + 4) << 32), (int)length);
    }

    private void NewRings()
    {
        for (var i = 0; i < Rings.Length; i++)
            NewRing(i);
    }

    private void NewRing(int index)
    {
        var at = (ulong)(0x1000 + (index * RingSpan * 8));
        Array.Clear(Memory.Ram, (int)at, RingSpan);
        Rings[index] = new DriverRing(Memory, at, VirtioConsoleSpec.QueueSize);
        _usedSeen[index] = 0;
    }

    private void Deliver(int port, object message)
    {
        switch (message)
        {
            case PortHop.Write write:
                Ports[port].Core.Take(write);
                break;
            case PortHop.Grant grant:
                Ports[port].Core.Take(grant);
                break;
            case PortHop.Emergency emergency:
                Ports[port].Core.Take(emergency);
                break;
            case PortHop.Status status:
                Console.Take(port, status);
                break;
            case PortHop.Input input:
                Console.Take(port, input);
                break;
            case PortEnd.Ready:
                Ports[port].Core.Signalled();
                break;
        }
    }

    /// <summary>A port's core, its backend, and the effects between.</summary>
    internal sealed class PortEnd : IPortEffects, IPortBackendEvents
    {
        private readonly ConsoleRig _rig;
        private readonly int _index;

        public PortEnd(ConsoleRig rig, int index, ConsolePortSpec spec)
        {
            _rig = rig;
            _index = index;
            Backend = new MemoryBackend(this, int.MaxValue);
            Core = new Port(index, Backend, spec, this);
            Core.Begin();
        }

        public MemoryBackend Backend { get; }

        public Port Core { get; }

        public bool IsYielding { get; private set; }

        public bool WaitsSecond { get; private set; }

        public List<string> Complaints { get; } = [];

        public void Send(PortHop.Status status) => _rig.Post(_index, status);

        public void Send(PortHop.Input input) => _rig.Post(_index, input);

        public void Watch() => _rig.IsWatching = true;

        public void YieldTurn() => IsYielding = true;

        public void WaitSecond() => WaitsSecond = true;

        public void Moved(bool output, long bytes)
        {
        }

        public void Complain(string complaint) => Complaints.Add(complaint);

        public void Signal(BackendInterest ready) => _rig._mail.AddLast((_index, Ready.Instance));

        public void Turn()
        {
            if (IsYielding)
            {
                IsYielding = false;
                Core.Turn();
            }
        }

        /// <summary>The second is over.</summary>
        public void SecondPasses()
        {
            WaitsSecond = false;
            Core.Turn();
            _rig.Run();
        }

        internal sealed class Ready
        {
            public static readonly Ready Instance = new();
        }
    }
}
