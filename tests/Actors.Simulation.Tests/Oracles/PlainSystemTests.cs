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
        var plan = new Plan { Name = machine, Topology = topology };
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var result = host.Run(new RunRequest(plan, seed));
            Assert.True(result.Verdict == RunVerdict.Passed, $"seed {seed}: {string.Join("; ", result.Violations.Select(v => $"{v.Oracle}: {v.What}"))} {result.Note}");
        }
    }
}
