using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>Where nothing goes wrong no oracle says anything: a false alarm is a defect too.</summary>
public sealed class PlainWorldTests
{
    public static TheoryData<VirtioTransportKind, bool> Machines => new()
    {
        { VirtioTransportKind.Legacy, true },
        { VirtioTransportKind.Legacy, false },
        { VirtioTransportKind.Modern, true },
        { VirtioTransportKind.Modern, false },
        { VirtioTransportKind.Transitional, true },
        { VirtioTransportKind.Transitional, false },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_world_without_faults_violates_nothing(VirtioTransportKind transport, bool ioeventfd)
    {
        var plan = new Plan
        {
            Name = "plain",
            Topology = new PlanTopology { Vms = 2, Devices = [new PlanDevice { Ports = 2, Transport = transport, Ioeventfd = ioeventfd }] },
            Workload = new PlanWorkload { Bytes = 5000, Options = new PlanWorkload().Options.SetItem("chain", "100") },
        };
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 20; seed++)
            Assert.Empty(host.Run(new RunRequest(plan, seed)).Violations);
    }

    [Theory]
    [InlineData("console-input", "")]
    [InlineData("console-echo", "")]
    [InlineData("duplex", "framing=random")]
    [InlineData("multi-port", "")]
    [InlineData("bursts", "")]
    [InlineData("input-flood", "")]
    [InlineData("reset-loop", "")]
    [InlineData("reset-loop", "what=machine")]
    [InlineData("raw-console", "act=queueReset")]
    [InlineData("raw-console", "act=renegotiate")]
    [InlineData("raw-console", "act=kickEarly")]
    [InlineData("raw-console", "act=resizeLive")]
    [InlineData("toctou", "rewrite=valid")]
    [InlineData("hostile", "attack=storm")]
    public void A_workload_without_faults_violates_nothing(string workload, string options)
    {
        var given = new PlanWorkload().Options;
        foreach (var option in options.Split(',', StringSplitOptions.RemoveEmptyEntries))
            given = given.Add(option.Split('=')[0], option.Split('=')[1]);
        var plan = new Plan
        {
            Name = workload,
            Topology = new PlanTopology { Vms = 2, Vcpus = 2, Devices = [new PlanDevice { Ports = 2 }] },
            Workload = new PlanWorkload { Kind = workload, Options = given },
        };
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var result = host.Run(new RunRequest(plan, seed));
            Assert.True(result.Violations.IsEmpty, $"seed {seed}: {string.Join("; ", result.Violations.Select(violation => $"{violation.Oracle} {violation.What} ({violation.Moment})"))}");
        }
    }

    [Theory]
    [InlineData(PortPolicyKind.Block, 0)]
    [InlineData(PortPolicyKind.Buffer, 512)]
    [InlineData(PortPolicyKind.Drop, 0)]
    public void Every_policy_keeps_its_books(PortPolicyKind policy, int buffer)
    {
        var plan = new Plan
        {
            Name = "policy",
            Topology = new PlanTopology { Devices = [new PlanDevice { Policy = new PortPolicy(policy, buffer) }] },
        };
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 20; seed++)
            Assert.Empty(host.Run(new RunRequest(plan, seed)).Violations);
    }
}
