using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>An oracle that keeps something for each vCPU: numbers vCPUs over all VMs, so that an array serves.</summary>
internal abstract class VcpuOracle : Oracle
{
    /// <summary>VMs of the plan; in a cluster, all incarnations that they may have.</summary>
    protected int Vms { get; private set; }

    /// <summary>vCPUs of all VMs together.</summary>
    protected int Count { get; private set; }

    private int PerVm { get; set; }

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        Vms = world.Plan.Topology.Machines;
        PerVm = Math.Clamp(world.Plan.Topology.Vcpus, 1, VmLimits.MaxVcpus);
        Count = Vms * PerVm;
    }

    /// <summary>Number of a vCPU, or -1 when the plan has no such one.</summary>
    protected int IndexOf(int vm, int vcpu) => (uint)vm < (uint)Vms && (uint)vcpu < (uint)PerVm ? (vm * PerVm) + vcpu : -1;

    /// <summary>VM of a vCPU's number.</summary>
    protected int VmOf(int index) => index / PerVm;

    /// <summary>How a vCPU is called in a sentence.</summary>
    protected string NameOf(int index) => $"vm-{index / PerVm} vcpu-{index % PerVm}";

    /// <summary>Number of a VM's first vCPU; the others follow.</summary>
    protected int FirstOf(int vm) => vm * PerVm;

    /// <summary>Number behind a VM's last vCPU.</summary>
    protected int EndOf(int vm) => (vm + 1) * PerVm;
}
