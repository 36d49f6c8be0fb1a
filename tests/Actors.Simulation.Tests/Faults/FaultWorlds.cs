using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>Small worlds in which each kind of fault has something to hit.</summary>
internal static class FaultWorlds
{
    /// <summary>Topologies and workloads, the usual one first.</summary>
    public static IEnumerable<Plan> All()
    {
        yield return Make("echo", "console-echo", new PlanTopology { Vms = 2, Vcpus = 2, Devices = [new PlanDevice { Ports = 2 }] });
        yield return Make("write", "console-write", new PlanTopology());
        yield return Make("slow path", "console-write", new PlanTopology { Vcpus = 2, Devices = [new PlanDevice { Ioeventfd = false }] }, 8192);
        yield return Make("buffer", "console-write", new PlanTopology { Devices = [new PlanDevice { Policy = new PortPolicy(PortPolicyKind.Buffer, 1 << 16) }] });
        yield return Kicks("kicks", new PlanDevice());
        yield return Kicks("asyncio", new PlanDevice { Asyncio = true });
        yield return Make("legacy", "console-write", new PlanTopology { Devices = [new PlanDevice { Transport = VirtioTransportKind.Legacy }] });
        yield return Make("input", "console-input", new PlanTopology { Devices = [new PlanDevice { Ports = 2 }] });
        yield return Make("reset", "reset-loop", new PlanTopology());
        yield return Kicks("file", new PlanDevice { Backend = BackendKind.File });
        yield return Make("remote memory", "console-write", new PlanTopology { RemoteMemory = true });
        yield return Nodes("nodes", 3);
    }

    /// <summary>A plan of the same world with these rules.</summary>
    public static Plan With(Plan plan, params FaultRule[] rules) => plan with { Faults = [.. rules] };

    /// <summary>Links take long, so that guests are at work for seconds.</summary>
    private static Plan Nodes(string name, int nodes)
    {
        var plan = Make(name, "console-write", new PlanTopology { Nodes = nodes, Latency = new PlanLatency(TimeSpan.Zero, TimeSpan.FromMilliseconds(5)) });
        return plan with { Budget = plan.Budget with { MaxVirtual = TimeSpan.FromSeconds(40) }, Liveness = new PlanLiveness { T4 = TimeSpan.FromSeconds(30) } };
    }

    private static Plan Kicks(string name, PlanDevice device)
    {
        var plan = Make(name, "console-write", new PlanTopology { Devices = [device] }, 8192);
        return plan with { Workload = plan.Workload with { Options = plan.Workload.Options.Add("chain", "8") } };
    }

    private static Plan Make(string name, string workload, PlanTopology topology, long bytes = 2048) => new()
    {
        Name = name,
        Topology = topology,
        Workload = new PlanWorkload { Kind = workload, Bytes = bytes },
        Budget = new PlanBudget { MaxSteps = 60_000, MaxVirtual = TimeSpan.FromSeconds(10) },
    };
}
