using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <content>What runs.</content>
public sealed partial class SimWorld
{
    /// <summary>How many machines there are, and how large they are. Without it: one VM with one vCPU.</summary>
    /// <param name="vms">VMs, 1 to 64.</param>
    /// <param name="vcpus">vCPUs of each, 1 to 16.</param>
    /// <param name="polling">Whether vCPUs poll for completions.</param>
    public void Machines(int vms = 1, int vcpus = 1, bool polling = false) =>
        Plan = Plan with { Topology = Plan.Topology with { Vms = vms, Vcpus = vcpus, Polling = polling } };

    /// <summary>Adds a console device. Without any, each VM has one with one port.</summary>
    /// <param name="ports">Ports, 1 to 16.</param>
    /// <param name="policy">What happens to bytes that the backend can't take; null: the default of its kind.</param>
    /// <param name="backend">Kind of the backend whose simulated twin the ports have.</param>
    /// <param name="ioeventfd">Whether doorbells are registered with the HSM.</param>
    /// <param name="transport">virtio-pci interfaces.</param>
    /// <param name="vm">VM that has it; -1: every VM.</param>
    public void Console(
        int ports = 1,
        PortPolicy? policy = null,
        BackendKind backend = BackendKind.Stdio,
        bool ioeventfd = true,
        VirtioTransportKind transport = VirtioTransportKind.Transitional,
        int vm = -1) => Plan = Plan with
        {
            Topology = Plan.Topology with
            {
                Devices = Plan.Topology.Devices.Add(new PlanDevice { Vm = vm, Ports = ports, Policy = policy, Backend = backend, Ioeventfd = ioeventfd, Transport = transport }),
            },
        };

    /// <summary>What the guests and the outside do: a workload of <c>actors chaos list workloads</c>. Without it: <c>console-write</c> with 2 KiB.</summary>
    /// <param name="kind">Its name.</param>
    /// <param name="bytes">Bytes in each direction.</param>
    /// <param name="options">Options of the kind.</param>
    public void Workload(string kind, long bytes = 2048, params ReadOnlySpan<(string Name, string Value)> options)
    {
        var all = Plan.Workload.Options.Clear();
        foreach (var (name, value) in options)
            all = all.SetItem(name, value);
        Plan = Plan with { Workload = new PlanWorkload { Kind = kind, Bytes = bytes, Options = all } };
    }

    /// <summary>How long faults may go on, and how long what was promised may take after the heal; null: as it is.</summary>
    public void Bounds(TimeSpan? faults = null, TimeSpan? recovery = null, long? steps = null) => Plan = Plan with
    {
        Budget = Plan.Budget with { MaxVirtual = faults ?? Plan.Budget.MaxVirtual, MaxSteps = steps ?? Plan.Budget.MaxSteps },
        Liveness = Plan.Liveness with { T4 = recovery ?? Plan.Liveness.T4 },
    };

    /// <summary>Whom the schedule prefers. Without it: one strategy after the other, by seed.</summary>
    public void Schedule(StrategyKind strategy) => Plan = Plan with { Strategy = strategy };

    /// <summary>Lets an oracle not judge, because a fault makes its promise impossible.</summary>
    public void Except(string oracle, string reason) => Plan = Plan with { Except = Plan.Except.Add(new PlanExclusion(oracle, reason)) };

    /// <summary>Lets only these oracles judge, beside the test's own demands.</summary>
    public void Check(params ReadOnlySpan<string> oracles) => Plan = Plan with { Check = [.. oracles] };
}
