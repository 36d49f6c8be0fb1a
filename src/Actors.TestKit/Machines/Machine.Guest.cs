using Actors.Guest;
using Actors.Protocol;

namespace Actors.TestKit;

/// <content>What the guest is told to do. Orders to a vCPU are done one after the other.</content>
public sealed partial class Machine
{
    /// <summary>Tells a vCPU to do something and goes on at once.</summary>
    /// <param name="work">What; it awaits nothing but guest tasks.</param>
    /// <param name="vcpu">Index of the vCPU.</param>
    /// <param name="name">What it is called in failures.</param>
    /// <returns>To ask whether it is done, or to wait for it with <see cref="Done"/>.</returns>
    public GuestOrder Start(Func<GuestSession, GuestTask> work, int vcpu = 0, string name = "the test's work")
    {
        ArgumentNullException.ThrowIfNull(work);
        var order = new GuestOrder(name, work);
        Post(order, vcpu);
        return order;
    }

    /// <summary>Tells a vCPU to do something and waits until it is done.</summary>
    public void Run(Func<GuestSession, GuestTask> work, int vcpu = 0) => Done(Start(work, vcpu));

    /// <summary>Tells a vCPU to do something and waits for what it gives.</summary>
    public T Run<T>(Func<GuestSession, GuestTask<T>> work, int vcpu = 0)
    {
        var result = default(T)!;
        Done(Start(async guest => { result = await work(guest); }, vcpu));
        return result;
    }

    /// <summary>Waits until an order is done.</summary>
    /// <exception cref="MachineFailureException">It isn't done in time, or what it does threw.</exception>
    public void Done(GuestOrder order, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (!WaitFor(() => order.IsDone || _host.Trouble is not null || _host.IsEnded, within, out var time) || !order.IsDone)
            throw Fail(_host.Trouble is { } trouble ? $"The guest isn't through with {order.Name}: {trouble}" : _host.IsEnded ? $"The machine ended before the guest was through with {order.Name}." : $"The guest isn't through with {order.Name} after {Seconds(time)}.", null);
        if (order.Failure is { } failure)
            throw Fail($"The guest's work failed, {order.Name}: {failure.Message}", string.Empty, failure);
    }

    /// <summary>The guest writes to a console port; goes on at once.</summary>
    /// <param name="text">What (UTF-8).</param>
    /// <param name="port">Index of the port.</param>
    /// <param name="device">Number of the console, from 0.</param>
    public GuestOrder Write(string text, int port = 0, int device = 0) => Start(guest => guest.Write(text, port, device), name: $"writing \"{text}\" to port {port}");

    /// <summary>The guest reads so many bytes from a console port, as text (UTF-8); waits for them.</summary>
    public string Read(int bytes, int port = 0, int device = 0)
    {
        var read = StartRead(bytes, port, device);
        Done(read);
        return read.Text;
    }

    /// <summary>The guest reads so many bytes from a console port; goes on at once. Its driver asks for interrupts only while it reads.</summary>
    /// <returns>The order, with what was read when it is done.</returns>
    public GuestRead StartRead(int bytes, int port = 0, int device = 0)
    {
        var read = new GuestRead(bytes, port, device);
        Post(read, 0);
        return read;
    }

    /// <summary>The guest kicks a queue of its first console, whatever is in it: one exit. Goes on at once.</summary>
    /// <param name="queue">Index as virtio counts: 0 receive and 1 transmit of port 0, 4 and 5 of port 1.</param>
    /// <param name="vcpu">Who does it.</param>
    public GuestOrder Kick(int queue = VirtioConsoleSpec.Port0Transmit, int vcpu = 0) => Start(guest => guest.Kick(queue), vcpu, $"kicking queue {queue}");

    /// <summary>The guest puts a chain of any layout into a queue of its first console and kicks it; goes on at once.</summary>
    public GuestOrder Submit(Chain chain, int queue = VirtioConsoleSpec.Port0Transmit) => Start(guest => guest.Submit(chain, queue), name: $"submitting a chain to queue {queue}");

    /// <summary>The guest reads a port (IN) of 1, 2 or 4 bytes.</summary>
    public uint In(ushort port, int size = 1) => (uint)Run(async guest => await guest.Cpu.In(port, size));

    /// <summary>The guest writes a port (OUT) of 1, 2 or 4 bytes; goes on at once.</summary>
    public GuestOrder Out(ushort port, uint value, int size = 1) => Start(async guest => await guest.Cpu.Out(port, size, value), name: $"writing port 0x{port:x}");

    /// <summary>The guest reads 1, 2, 4 or 8 bytes of a device's memory.</summary>
    public ulong Load(ulong address, int size = 4) => Run(async guest => await guest.Cpu.Load(address, size));

    /// <summary>The guest writes 1, 2, 4 or 8 bytes of a device's memory; goes on at once.</summary>
    public GuestOrder Store(ulong address, ulong value, int size = 4) => Start(async guest => await guest.Cpu.Store(address, size, value), name: $"writing 0x{address:x}");

    /// <summary>The guest resets its machine; waits until it is up again. What it was at is lost with it.</summary>
    public void Reset()
    {
        var boots = _line.Boots;
        Start(guest => guest.Platform.Reset(), name: "a reset");
        AwaitBoot(boots, "after the reset");
    }

    /// <summary>The guest powers its machine off; waits until that is done.</summary>
    public void PowerOff()
    {
        Start(guest => guest.Platform.PowerOff(), name: "powering off");
        if (!WaitFor(() => _host.IsEnded, null, out var time))
            throw Fail($"The machine hadn't ended {Seconds(time)} after its guest powered off.", null);
    }

    private void Post(GuestOrder order, int vcpu)
    {
        if (!_isTestGuest)
            throw new InvalidOperationException("The machine has a guest of its own, which can't be told what to do: boot it without Guest(...).");
        ArgumentOutOfRangeException.ThrowIfNegative(vcpu);
        if (vcpu >= _order.Plan.Topology.Vcpus)
            throw new ArgumentOutOfRangeException(nameof(vcpu), vcpu, $"The machine has {_order.Plan.Topology.Vcpus} vCPU(s).");
        _line.Post(vcpu, order);
        _host.Nudge(vcpu);
    }

    private void AwaitBoot(int boots, string when)
    {
        if (!WaitFor(() => _line.Boots > boots || _host.Trouble is not null, null, out var time) || _line.Boots == boots)
            throw Fail($"The guest wasn't up again {when} within {Seconds(time)}.", null);
    }
}
