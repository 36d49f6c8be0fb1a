using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Reads the machines of a plan.</summary>
internal sealed class TopologyReader(PlanErrors errors)
{
    /// <summary>Most VMs.</summary>
    public const int MaxVms = 64;

    /// <summary>Most devices of a plan, and of one VM.</summary>
    public const int MaxDevices = 16;

    /// <summary>Least RAM of a VM.</summary>
    public const long MinMemory = 1L << 20;

    /// <summary>Most RAM of a VM.</summary>
    public const long MaxMemory = 64L << 30;

    /// <summary>Most bytes of a buffering port.</summary>
    public const long MaxBuffer = 64L << 20;

    private const long PageBytes = 4096;

    /// <summary>Most logical nodes.</summary>
    public const int MaxNodes = 9;

    /// <summary>Words of roles.</summary>
    public static readonly ImmutableArray<(string Word, PlanRole Value)> RoleWords =
        [("both", PlanRole.Both), ("guest", PlanRole.Guest), ("service", PlanRole.Service)];

    /// <summary>Words of placements.</summary>
    public static readonly ImmutableArray<(string Word, VmPlacement Value)> PlacementWords =
        [("colocated", VmPlacement.Colocated), ("split", VmPlacement.Split)];

    /// <summary>Words of backends.</summary>
    public static readonly ImmutableArray<(string Word, BackendKind Value)> BackendWords =
    [
        ("stdio", BackendKind.Stdio), ("tty", BackendKind.Tty), ("pty", BackendKind.Pty),
        ("file", BackendKind.File), ("socket", BackendKind.Socket), ("stream", BackendKind.Stream), ("memory", BackendKind.Memory),
    ];

    /// <summary>Words of transports.</summary>
    public static readonly ImmutableArray<(string Word, VirtioTransportKind Value)> TransportWords =
        [("legacy", VirtioTransportKind.Legacy), ("modern", VirtioTransportKind.Modern), ("transitional", VirtioTransportKind.Transitional)];

    private static readonly (string Word, bool Value)[] KindWords = [("console", true)];

    /// <summary>Reads it.</summary>
    public PlanTopology Read(PlanFields fields)
    {
        var defaults = new PlanTopology();
        var vms = (int)(fields.Whole("vms", 1, MaxVms) ?? defaults.Vms);
        var topology = new PlanTopology
        {
            Vms = vms,
            Vcpus = (int)(fields.Whole("vcpus", 1, VmLimits.MaxVcpus) ?? defaults.Vcpus),
            MemoryBytes = (ulong)(fields.Bytes("memory", MinMemory, MaxMemory) ?? (long)defaults.MemoryBytes),
            Polling = fields.Flag("polling") ?? defaults.Polling,
            Latency = fields.Node("latency") is { } latency ? Latency("latency", latency) : null,
            Nodes = (int)(fields.Whole("nodes", 1, MaxNodes) ?? defaults.Nodes),
            Roles = Roles(fields, out var areRolesKnown),
            Placement = fields.Choice("placement", PlacementWords) ?? defaults.Placement,
            RemoteMemory = fields.Flag("remote-memory") ?? defaults.RemoteMemory,
            Cluster = fields.Fields("cluster", "the cluster") is { } cluster ? Cluster(cluster, defaults.Cluster) : defaults.Cluster,
            Devices = Devices(fields, vms),
        };
        CheckNodes(fields, topology, areRolesKnown);
        if (topology.MemoryBytes % PageBytes != 0)
            fields.Wrong("memory", "'memory' is a multiple of 4KiB, the size of a page");
        fields.End();
        return topology;
    }

    private ImmutableArray<PlanRole> Roles(PlanFields fields, out bool areKnown)
    {
        areKnown = true;
        var roles = ImmutableArray.CreateBuilder<PlanRole>();
        foreach (var node in fields.Items("roles", MaxNodes))
        {
            var found = node is PlanScalar scalar ? RoleWords.Where(word => word.Word == scalar.Text).ToArray() : [];
            areKnown &= found.Length > 0;
            if (found.Length == 0)
                errors.Add(node.Place, $"a role is both, guest or service, not {node.Kind}");
            else
                roles.Add(found[0].Value);
        }

        return roles.ToImmutable();
    }

    private PlanCluster Cluster(PlanFields fields, PlanCluster defaults)
    {
        var (least, most) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
        var cluster = new PlanCluster
        {
            Heartbeat = fields.Time("heartbeat", least, most) ?? defaults.Heartbeat,
            Detection = fields.Time("detection", least, most) ?? defaults.Detection,
            StableAfter = fields.Time("stableAfter", TimeSpan.Zero, most) ?? defaults.StableAfter,
            Restart = fields.Time("restart", TimeSpan.Zero, most) ?? defaults.Restart,
            Unfenced = fields.Flag("unfenced") ?? defaults.Unfenced,
            Network = fields.Node("network") is { } network ? Latency("network", network) ?? defaults.Network : defaults.Network,
        };
        if (cluster.Detection < cluster.Heartbeat * 2)
            fields.Wrong("detection", "'detection' is at least two heartbeats, else each late one counts as a lost node");
        fields.End();
        return cluster;
    }

    private static void CheckNodes(PlanFields fields, PlanTopology topology, bool areRolesKnown)
    {
        if (topology.Nodes == 1)
        {
            foreach (var key in new[] { "roles", "placement", "cluster" })
            {
                if (fields.Has(key))
                    fields.Wrong(key, $"'{key}' needs 'nodes: 2' or more");
            }

            return;
        }

        if (topology.Cluster.Unfenced && topology.Placement != VmPlacement.Colocated)
            fields.Wrong("cluster", "'unfenced' needs colocated VMs");
        if (!areRolesKnown)
            return;
        if (!topology.Roles.IsEmpty && topology.Roles.Length != topology.Nodes)
            fields.Wrong("roles", $"'roles' has one word for each of the {topology.Nodes} nodes, not {topology.Roles.Length}");
        var guests = topology.Roles.IsEmpty || topology.Roles.Any(role => role != PlanRole.Service);
        var services = topology.Roles.IsEmpty || topology.Roles.Any(role => role != PlanRole.Guest);
        if (!guests || !services || (topology.Placement == VmPlacement.Colocated && !topology.Roles.IsEmpty && !topology.Roles.Contains(PlanRole.Both)))
            fields.Wrong("roles", topology.Placement == VmPlacement.Colocated ? "colocated VMs need a node that is 'both'" : "split VMs need a node for guests and one for services");
    }

    private PlanLatency? Latency(string key, PlanNode node)
    {
        switch (node)
        {
            case PlanScalar scalar when Quantity.TryAmount(scalar.Text, isTime: true, out var amount) && amount.Kind != FaultAmountKind.Uniform:
                var time = TimeSpan.FromTicks((long)amount.A);
                return amount.Kind == FaultAmountKind.Constant ? new PlanLatency(time, TimeSpan.Zero) : new PlanLatency(TimeSpan.Zero, time);
            case PlanMapping mapping:
                var fields = new PlanFields(mapping, "a latency", errors);
                var low = fields.Time("min", TimeSpan.Zero, TimeSpan.FromMinutes(1)) ?? TimeSpan.Zero;
                var mean = fields.Time("mean", TimeSpan.Zero, TimeSpan.FromMinutes(1)) ?? TimeSpan.Zero;
                fields.End();
                return new PlanLatency(low, mean);
            default:
                errors.Add(node.Place, $"'{key}' is a time such as 10us, exp(20us), or {{ min: 10us, mean: 20us }}, not {node.Kind}");
                return null;
        }
    }

    private ImmutableArray<PlanDevice> Devices(PlanFields fields, int vms)
    {
        var devices = ImmutableArray.CreateBuilder<PlanDevice>();
        foreach (var node in fields.Items("devices", vms * MaxDevices))
        {
            if (PlanFields.Of(node, "a device", errors) is { } device)
                devices.Add(Device(device, vms));
        }

        for (var vm = 0; vm < vms; vm++)
        {
            if (devices.Count(device => device.Vm < 0 || device.Vm == vm) <= MaxDevices)
                continue;
            fields.Wrong("devices", $"VM {vm} has more than {MaxDevices} devices");
            break;
        }

        return devices.ToImmutable();
    }

    private PlanDevice Device(PlanFields fields, int vms)
    {
        var defaults = new PlanDevice();
        fields.Choice("kind", KindWords);
        var device = new PlanDevice
        {
            Vm = (int)(fields.Whole("vm", 0, vms - 1) ?? defaults.Vm),
            Ports = (int)(fields.Whole("ports", 1, VirtioConsoleSpec.MaxPorts) ?? defaults.Ports),
            Policy = fields.Scalar("policy", "a policy") is { } policy ? Policy(policy) : null,
            Backend = fields.Choice("backend", BackendWords) ?? defaults.Backend,
            Transport = fields.Choice("transport", TransportWords) ?? defaults.Transport,
            Ioeventfd = fields.Flag("ioeventfd") ?? defaults.Ioeventfd,
            Asyncio = fields.Flag("asyncio") ?? defaults.Asyncio,
        };
        if (device is { Asyncio: true, Ioeventfd: false })
            fields.Wrong("asyncio", "'asyncio' needs ioeventfd, remove 'ioeventfd: false'");
        fields.End();
        return device;
    }

    private PortPolicy? Policy(PlanScalar scalar)
    {
        switch (scalar.Text)
        {
            case "block":
                return PortPolicy.Block;
            case "drop":
                return PortPolicy.Drop;
            case "buffer":
                return PortPolicy.DefaultBuffer;
            case var text when text.StartsWith("buffer=", StringComparison.Ordinal):
                if (Quantity.TryBytes(text["buffer=".Length..], out var bytes) && bytes is > 0 and <= MaxBuffer)
                    return new PortPolicy(PortPolicyKind.Buffer, (int)bytes);
                errors.Add(scalar.Place, $"'policy' buffers 1 byte to {Quantity.OfBytes(MaxBuffer)}, such as buffer=64KiB, not {scalar.Kind}");
                return null;
            default:
                errors.Add(scalar.Place, $"'policy' is block, drop or buffer=64KiB, not {scalar.Kind}{PlanSpelling.Hint(scalar.Text, ["block", "drop", "buffer"])}");
                return null;
        }
    }
}
