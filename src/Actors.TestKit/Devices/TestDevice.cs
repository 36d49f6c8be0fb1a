using System.Collections.Immutable;
using Actors.Hsm;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>
/// A device of a test's own: registers in port or memory space, and an interrupt line. It is an ioreq client of the VM's HSM, as an in-kernel device of ACRN's service VM is, so
/// its accesses take rows 1 to 8 and 14 of the path, and its interrupts row 15. One instance serves one machine. It is called on the thread of the VM's HSM actor:
/// it must not block.
/// </summary>
public abstract class TestDevice
{
    private ulong _sequence;
    private uint _epoch;
    private IActorRef _hsm = ActorRefs.Nobody;
    private VmId _vm;
    private Func<VmId, IGuestMemory?> _memory = static _ => null;

    /// <summary>Makes a device.</summary>
    /// <param name="name">1 to 15 characters; the client's name in recordings.</param>
    /// <param name="ranges">The registers: address space, first and last address, both included.</param>
    protected TestDevice(string name, params ImmutableArray<IoRange> ranges)
    {
        Name = name;
        Ranges = ranges;
    }

    /// <summary>The client's name in recordings.</summary>
    public string Name { get; }

    /// <summary>Its registers.</summary>
    public ImmutableArray<IoRange> Ranges { get; }

    /// <summary>The guest's RAM, for devices that reach it by themselves. In the simulated world its accesses are recorded as the guest's.</summary>
    /// <exception cref="InvalidOperationException">The machine isn't there, or not any more.</exception>
    protected IGuestMemory Memory => _memory(_vm) ?? throw new InvalidOperationException($"{_vm} has no RAM here: it isn't made yet, or gone.");

    /// <summary>The guest reads a register. What it gets is cut to the size of the access.</summary>
    /// <param name="address">Port or guest-physical address.</param>
    /// <param name="size">Bytes: 1, 2, 4 or, in memory space, 8.</param>
    protected abstract ulong Read(ulong address, int size);

    /// <summary>The guest writes a register.</summary>
    /// <param name="address">Port or guest-physical address.</param>
    /// <param name="size">Bytes: 1, 2, 4 or, in memory space, 8.</param>
    /// <param name="value">The value, zero-extended.</param>
    protected abstract void Write(ulong address, int size, ulong value);

    /// <summary>The machine was made, or reset: registers are to be as at power-on.</summary>
    protected virtual void Reset()
    {
    }

    /// <summary>Interrupts the guest: a pulse on a line of the vIOAPIC. Said once: where a fault loses it, it is lost.</summary>
    /// <param name="gsi">The line, 0 to 47; below 16 it goes to the vPIC as well.</param>
    protected void Pulse(int gsi) =>
        _hsm.Tell(new InterruptHop.SetIrqLine(_vm, _epoch, SourceId, ++_sequence, gsi, IrqLineOperation.RaisingPulse), ActorRefs.NoSender);

    /// <summary>Interrupts the guest: a message-signalled interrupt to one vCPU. Said once: where a fault loses it, it is lost.</summary>
    /// <param name="vcpu">Its index.</param>
    /// <param name="vector">0x10 to 0xFF.</param>
    protected void Interrupt(int vcpu, byte vector) =>
        _hsm.Tell(new InterruptHop.InjectMsi(_vm, _epoch, SourceId, ++_sequence, PlatformSpec.MsiAddressBase | ((ulong)vcpu << 12), vector), ActorRefs.NoSender);

    /// <summary>Number of its interrupts' source: behind all PCI functions, before the irqfds.</summary>
    private ulong SourceId => (1UL << 32) + (ulong)Name.Sum(letter => letter);

    internal IoreqClientDefinition Attach(VmSpec spec, IActorRef hsm, Func<VmId, IGuestMemory?> memory)
    {
        _memory = memory;
        _vm = spec.Vm;
        _hsm = hsm;
        return new IoreqClientDefinition(Name, Ranges, new Handler(this));
    }

    private IoreqResult Serve(in IoreqContext context)
    {
        if (context.Epoch != _epoch)
        {
            _epoch = context.Epoch;
            _sequence = 0;
            Reset();
        }

        var access = context.Request.Access;
        if (!access.IsWrite)
            return IoreqResult.Completed(Read(access.Address, access.Size));
        Write(access.Address, access.Size, access.Value);
        return IoreqResult.Done;
    }

    private sealed class Handler(TestDevice device) : IIoreqClientHandler
    {
        public IoreqResult Handle(in IoreqContext context) => device.Serve(context);
    }
}

/// <summary>The clients of a test's devices, and its own.</summary>
internal sealed class ClientsOfTest(IReadOnlyList<IIoreqClientFactory> factories, IReadOnlyList<TestDevice> devices, TestMemory memory) : IIoreqClientFactory
{
    /// <inheritdoc/>
    public IReadOnlyList<IoreqClientDefinition> CreateClients(VmSpec spec, IActorRef hsm) =>
        [.. devices.Select(device => device.Attach(spec, hsm, memory.Find)), .. factories.SelectMany(factory => factory.CreateClients(spec, hsm))];
}

/// <summary>Where a test's devices find their guest's RAM: on whichever node it is.</summary>
internal sealed class TestMemory
{
    private readonly Lock _lock = new();
    private readonly List<Func<VmId, IGuestMemory?>> _nodes = [];

    /// <summary>Another node may have it.</summary>
    public void Add(Func<VmId, IGuestMemory?> node)
    {
        lock (_lock)
            _nodes.Add(node);
    }

    /// <summary>RAM of a VM, or null.</summary>
    public IGuestMemory? Find(VmId vm)
    {
        lock (_lock)
            return _nodes.Select(node => node(vm)).FirstOrDefault(memory => memory is not null);
    }
}
