using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>What real processes can't do of a plan, and what it comes to on them.</summary>
internal static class RealPlan
{
    /// <summary>The one workload.</summary>
    public const string Workload = "console-write";

    /// <summary>Name of the port of each VM.</summary>
    public const string Port = "data";

    /// <summary>Oracles that judge what real processes show.</summary>
    public static readonly IReadOnlyList<string> Oracles = ["I1", "I20", "I24", "L4", "L5"];

    /// <summary>Plans in the box that can't be run, and the one that is nearest to them and can.</summary>
    public static readonly IReadOnlyDictionary<string, string> Nearest = new Dictionary<string, string>
    {
        ["split-brain"] = "handover-double",
        ["split-zombie-memory"] = "split-service-pause",
        ["tokens-remembered"] = "total-restart",
    };

    /// <summary>The first thing that can't be done, or null.</summary>
    public static Mistake? Problem(Plan plan)
    {
        if (!OperatingSystem.IsLinux())
            return new Mistake("--real needs Linux: it gives each node an address of 127.77.0.0/16 and stops processes by signals");
        if (plan.Topology.Nodes < 2)
            return new Mistake($"plan '{plan.Name}' has one node, and --real is about several: add topology: {{ nodes: 3 }}, or run it without --real");
        if (plan.Workload.Kind != Workload)
            return new Mistake($"plan '{plan.Name}' has the workload {plan.Workload.Kind}, and guests on real processes do {Workload}: they send, for as long as faults fire");
        if (plan.Topology.Placement == VmPlacement.Split && !plan.Topology.Roles.Any(role => role != PlanRole.Guest) && !plan.Topology.Roles.IsEmpty)
            return new Mistake($"plan '{plan.Name}' is split and has no node for services");
        foreach (var rule in plan.Faults)
        {
            if (RealFaults.Problem(rule) is { } why)
                return new Mistake($"fault '{rule.Id}' ({rule.Row} {rule.Do}) can't be done on real processes: {why}; leave it out, or run the plan without --real{(Nearest.TryGetValue(plan.Name, out var other) ? $"; what is nearest to it and can is {other} --real" : "")}");
        }

        foreach (var device in plan.Topology.Devices)
        {
            if (device.Policy is { Kind: not PortPolicyKind.Block })
                return new Mistake($"plan '{plan.Name}' has a port that may drop bytes; on real processes bytes are judged under policy block, so write policy: block");
        }

        return null;
    }

    /// <summary>Roles of a node, as <c>actors node</c> takes them.</summary>
    public static string RolesOf(Plan plan, int node) => (plan.Topology.Roles.IsEmpty ? PlanRole.Both : plan.Topology.Roles[node]) switch
    {
        PlanRole.Guest => "guest",
        PlanRole.Service => "service",
        _ => "guest,service",
    };

    /// <summary>A plan's VM: a guest that sends numbered lines without an end, as fast as what is behind its port takes them.</summary>
    public static VmSpec SpecOf(Plan plan, VmId vm, ConsolePortSpec port) => new(
        vm,
        plan.Topology.Vcpus,
        plan.Topology.MemoryBytes,
        new GuestSpec("lines", [Port, KeyOf(vm).ToString(System.Globalization.CultureInfo.InvariantCulture), "1000000000000", RealVms.LineBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)]),
        [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [port])],
        plan.Topology.Polling);

    /// <summary>Key of a VM's lines.</summary>
    public static uint KeyOf(VmId vm) => (uint)vm.Value + 1;
}
