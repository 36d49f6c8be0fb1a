using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>Without faults no oracle has anything to say, whatever the machine looks like.</summary>
public sealed class PlainSystemTests
{
    public static TheoryData<string> Machines => ["plain", "polling", "slow path", "legacy", "modern", "asyncio", "two vCPUs", "three VMs", "two ports"];

    [Theory]
    [MemberData(nameof(Machines))]
    public void No_oracle_objects(string machine)
    {
        var topology = machine switch
        {
            "polling" => new PlanTopology { Polling = true },
            "slow path" => new PlanTopology { Devices = [new PlanDevice { Ioeventfd = false }] },
            "legacy" => new PlanTopology { Devices = [new PlanDevice { Transport = VirtioTransportKind.Legacy }] },
            "modern" => new PlanTopology { Devices = [new PlanDevice { Transport = VirtioTransportKind.Modern }] },
            "asyncio" => new PlanTopology { Devices = [new PlanDevice { Asyncio = true }] },
            "two vCPUs" => new PlanTopology { Vcpus = 2 },
            "three VMs" => new PlanTopology { Vms = 3 },
            "two ports" => new PlanTopology { Devices = [new PlanDevice { Ports = 2 }, new PlanDevice()] },
            _ => new PlanTopology(),
        };
        Judge(new Plan { Name = machine, Topology = topology }, 20);
    }

    public static TheoryData<string> Workloads => [.. WorkloadCatalog.All.Select(workload => workload.Kind)];

    [Theory]
    [MemberData(nameof(Workloads))]
    public void No_oracle_objects_to_a_workload(string kind)
    {
        var workload = WorkloadCatalog.Find(kind)!;
        var judged = 0;
        foreach (var vcpus in new[] { 1, 2, 3 })
        {
            var plan = new Plan
            {
                Name = kind,
                Topology = new PlanTopology { Vcpus = vcpus, Devices = [new PlanDevice { Ports = vcpus }] },
                Workload = new PlanWorkload { Kind = kind, Bytes = 512 },
                Check = ["I3", "I4", "I5", "I6", "I7", "I14", "I15", "I17", "I26", "I27", "I28", "L1", "L2", "L6", "L7"],
            };
            if (workload.Validate(plan) is not null)
                continue;
            Judge(plan, 5);
            judged++;
        }

        Assert.NotEqual(0, judged);
    }

    private static void Judge(Plan plan, ulong seeds)
    {
        using var host = new SimHost();
        for (var seed = 1UL; seed <= seeds; seed++)
        {
            var result = host.Run(new RunRequest(plan, seed));
            Assert.True(result.Verdict == RunVerdict.Passed, $"seed {seed}: {string.Join("; ", result.Violations.Select(v => $"{v.Oracle}: {v.What}"))} {result.Note}");
        }
    }
}
