using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>A fault of a world, and when it strikes. Without more it strikes at each visit of its site.</summary>
public sealed class SimFault
{
    private readonly SimWorld _world;
    private readonly int _index;

    internal SimFault(SimWorld world, int index)
    {
        _world = world;
        _index = index;
    }

    /// <summary>With a chance at each visit.</summary>
    public SimFault WithProbability(double probability) => Change(rule => rule with { Probability = probability });

    /// <summary>Only at the nth visit, from 1; -1: at one that the seed draws.</summary>
    public SimFault Nth(int visit) => Change(rule => rule with { Nth = visit });

    /// <summary>At most so often in a run.</summary>
    public SimFault Times(int times) => Change(rule => rule with { Times = times });

    /// <summary>Only in this share of the seeds.</summary>
    public SimFault InShareOfSeeds(double share) => Change(rule => rule with { Activation = share });

    /// <summary>Only between two virtual times.</summary>
    public SimFault Between(TimeSpan from, TimeSpan until) => Change(rule => rule with { From = from, Until = until });

    /// <summary>Only what belongs to these; null: any.</summary>
    public SimFault On(int? vm = null, int? vcpu = null, string? device = null, int? queue = null, int? port = null, int? vector = null) =>
        Change(rule => rule with { Select = new FaultSelector(vm, vcpu, device, queue, port, vector) });

    /// <summary>A parameter of the fault, as plans write it.</summary>
    public SimFault With(string parameter, string value) => Change(rule => rule with { Parameters = rule.Parameters.SetItem(parameter, value) });

    /// <summary>Its name in reports.</summary>
    public SimFault Named(string id) => Change(rule => rule with { Id = id });

    private SimFault Change(Func<FaultRule, FaultRule> change)
    {
        _world.Change(_index, change);
        return this;
    }
}

/// <summary>A crash whose place is still to be said.</summary>
public sealed class SimCrash
{
    private readonly SimWorld _world;
    private readonly SimPart _part;

    internal SimCrash(SimWorld world, SimPart part)
    {
        _world = world;
        _part = part;
    }

    /// <summary>In the middle of its work, at a crash site: once in a run, unless <see cref="SimFault.Times"/> says more.</summary>
    public SimFault At(CrashSite site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return _world.Fault(site.Name, "crash").Times(1);
    }

    /// <summary>Before its nth message, from 1; -1: one that the seed draws.</summary>
    public SimFault AtMessage(int nth) => _world.Fault(
        _part switch
        {
            SimPart.Device => FaultSites.Device,
            SimPart.Port => FaultSites.Port,
            SimPart.DeviceModel => FaultSites.DeviceModel,
            SimPart.Hsm => FaultSites.Hsm,
            SimPart.Vcpu => FaultSites.Vcpu,
            _ => FaultSites.Hypervisor,
        },
        "crash").Nth(nth).Times(1);
}

/// <summary>Parts of a machine that can crash.</summary>
public enum SimPart
{
    /// <summary>A device.</summary>
    Device,

    /// <summary>A port of a console and its backend's owner.</summary>
    Port,

    /// <summary>The device model of a VM.</summary>
    DeviceModel,

    /// <summary>The HSM's actor of a VM.</summary>
    Hsm,

    /// <summary>The hypervisor's actor of a VM.</summary>
    Hypervisor,

    /// <summary>A vCPU: its guest is gone with it.</summary>
    Vcpu,
}
