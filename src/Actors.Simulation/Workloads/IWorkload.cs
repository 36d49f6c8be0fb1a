using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A kind of workload: what guests and the outside do in a run.</summary>
public interface IWorkload
{
    /// <summary>Name in plans.</summary>
    string Kind { get; }

    /// <summary>What it does, in one line, for the documentation.</summary>
    string Summary { get; }

    /// <summary>Options it takes beside <c>bytes</c>: name and meaning.</summary>
    ImmutableArray<(string Name, string Meaning)> Options { get; }

    /// <summary>Null, or one sentence about what is wrong with a plan's options and topology for this workload.</summary>
    string? Validate(Plan plan);

    /// <summary>Begins a run.</summary>
    WorkloadRun Begin(World world);
}

/// <summary>A workload in one run.</summary>
public abstract class WorkloadRun(World world)
{
    /// <summary>The world.</summary>
    protected World World { get; } = world;

    /// <summary>Programs of the guests.</summary>
    public abstract IGuestCatalog Guests { get; }

    /// <summary>Describes a VM. The default: the plan's topology, with the guest of <see cref="GuestOf"/>.</summary>
    public virtual VmSpec Describe(int vm) => TopologyMachines.Describe(World.Plan.Topology, vm, GuestOf(vm));

    /// <summary>Guest of a VM.</summary>
    protected abstract GuestSpec GuestOf(int vm);

    /// <summary>The VMs were asked for: what the outside does can be set up, with <see cref="At"/> and <see cref="Feed"/>.</summary>
    public virtual void Started()
    {
    }

    /// <summary>Everything that this workload wants has happened; asked when nothing goes on and at phase ends. The default: every VM has ended.</summary>
    public virtual bool IsDone => World.AllEnded;

    /// <summary>What is missing while <see cref="IsDone"/> is false, as part of a sentence.</summary>
    public virtual string Missing => "not every VM has ended";

    /// <summary>Lets the outside do something at a virtual time. A time that is over is now.</summary>
    protected void At(TimeSpan time, Action action) => World.At(time, action);

    /// <summary>The outside puts input at a port. False while the port isn't open yet, or any more: try again later.</summary>
    /// <param name="vm">Number of the VM, from 0.</param>
    /// <param name="device">Number of its device, from 0.</param>
    /// <param name="port">Index of the device's port, from 0.</param>
    /// <param name="bytes">The input.</param>
    protected bool Feed(int vm, int device, int port, ReadOnlySpan<byte> bytes)
    {
        if (World.Backends.Find(vm, device, port) is not { IsDisposed: false } backend)
            return false;
        backend.Feed(bytes);
        return true;
    }

    /// <summary>Name of a port, which its guest finds it by.</summary>
    protected static string PortName(int vm, int device, int port) => MachineNames.Port(vm, device, port);
}
