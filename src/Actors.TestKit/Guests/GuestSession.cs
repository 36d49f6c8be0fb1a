using System.Text;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>
/// A vCPU in a test's hands: what <see cref="Machine.Run(Func{GuestSession, GuestTask}, int)"/> gives to the work that the test wants done on it. Used by that work alone, and only while it runs. Await nothing
/// in it but guest tasks.
/// </summary>
public sealed class GuestSession
{
    /// <summary>Tokens of chains that tests add: the drivers' own are small.</summary>
    private int _tokens = 1 << 20;

    private readonly GuestPlatform _platform;
    private readonly GuestLine _line;

    internal GuestSession(GuestCpu cpu, GuestPlatform platform, GuestLine line)
    {
        Cpu = cpu;
        _line = line;
        _platform = platform;
    }

    /// <summary>The processor: accesses, RAM, interrupts.</summary>
    public GuestCpu Cpu { get; }

    /// <summary>What the guest's kernel has: heap, PCI bus, interrupts, consoles. It belongs to the boot processor: work on another one must not wait with it.</summary>
    public GuestPlatform Platform => _platform;

    /// <summary>A port of a console.</summary>
    /// <param name="port">Index of the port.</param>
    /// <param name="device">Number of the console among those that came up, from 0.</param>
    public GuestConsolePort Port(int port = 0, int device = 0) => Console(device).Ports[port];

    /// <summary>A console's driver.</summary>
    public VirtioConsoleDriver Console(int device = 0) => device < _platform.Consoles.Count
        ? _platform.Consoles[device]
        : throw new InvalidOperationException($"The guest has {_platform.Consoles.Count} console(s), no number {device}: {string.Join("; ", _platform.Problems)}");

    /// <summary>Says that the guest breaks its own rings from here on: then no oracle asks for what is in them.</summary>
    public void BreaksItsRings() => _line.IsHostile = true;

    /// <summary>Writes to a port and waits until the device has taken it.</summary>
    public async GuestTask Write(string text, int port = 0, int device = 0)
    {
        var to = Port(port, device);
        await to.Write(Encoding.UTF8.GetBytes(text));
        await to.Flush();
    }

    /// <summary>Kicks a queue of the first console: one exit, whatever is in the queue.</summary>
    /// <param name="queue">Index of the queue as virtio counts: 0 receive and 1 transmit of port 0, 2 and 3 control, 4 and 5 of port 1.</param>
    public async GuestTask Kick(int queue) => await Queue(queue).Kick(Cpu);

    /// <summary>A queue of the first console by its index, as virtio counts. Control queues aren't among them: the driver uses them itself.</summary>
    public DriverVirtqueue Queue(int queue)
    {
        foreach (var port in Console().Ports)
        {
            if (VirtioConsoleSpec.ReceiveQueueOf(port.Id) == queue)
                return port.ReceiveQueue;
            if (VirtioConsoleSpec.TransmitQueueOf(port.Id) == queue)
                return port.TransmitQueue;
        }

        throw new ArgumentOutOfRangeException(nameof(queue), queue, "The console has no port with this queue.");
    }

    /// <summary>Waits until an interrupt of this vector has come since the last call; takes others that come meanwhile.</summary>
    public async GuestTask WaitForInterrupt(byte vector)
    {
        while (!_platform.Interrupts.TakeFired(vector))
            await _platform.Interrupts.Wait();
    }

    /// <summary>Finds a PCI function and lets it decode and master the bus: for devices of a test's own.</summary>
    /// <param name="slot">Slot of bus 0.</param>
    /// <param name="function">Function.</param>
    /// <exception cref="InvalidOperationException">Nothing answers there.</exception>
    public GuestTask<GuestPciFunction> Pci(byte slot, byte function = 0) => GuestPciFunction.Open(this, new Bdf(0, slot, function));

    /// <summary>Brings a virtio device up, all its queues: for devices of a test's own.</summary>
    /// <param name="slot">Slot of bus 0.</param>
    /// <param name="features">Device-specific features that the driver takes where they are offered.</param>
    /// <param name="options">What the driver does where it has a choice; null: as a driver does.</param>
    /// <param name="function">Function.</param>
    /// <exception cref="InvalidOperationException">Nothing answers there, or it can't be driven.</exception>
    public GuestTask<GuestVirtioDevice> Virtio(byte slot, ulong features = 0, DriverOptions? options = null, byte function = 0) =>
        GuestVirtioDevice.Open(this, new Bdf(0, slot, function), features, options ?? new DriverOptions());

    /// <summary>Puts a chain of any layout, legal or not, into a queue and kicks it.</summary>
    public async GuestTask Submit(Chain chain, int queue = VirtioConsoleSpec.Port0Transmit)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var to = Queue(queue);
        Put(chain, to);
        await to.Kick(Cpu);
    }

    /// <summary>Puts a chain into a queue, past the driver's records where no driver would make it.</summary>
    internal void Put(Chain chain, DriverVirtqueue to)
    {
        if (chain.SuitsDriver)
        {
            if (!to.TryAdd(chain.Segments(Cpu.Memory, _platform.Heap), ++_tokens))
                throw new InvalidOperationException($"The queue has too few free descriptors for a chain of {chain.Count}.");
            to.Publish();
            return;
        }

        _line.IsHostile |= !chain.IsLegal;
        chain.Put(Cpu.Memory, _platform.Heap, to.Layout);
    }
}
