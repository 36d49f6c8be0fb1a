using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>What the actors of a VM said about their state, as one tree: <c>vm-7/hypervisor</c>, <c>vm-7/vcpu-0</c>, <c>vm-7/hsm</c>, <c>vm-7/device-model</c>, <c>vm-7/pci-0.3.0/queue-1/avail</c>, <c>vm-7/pci-0.3.0/port-0</c>.</summary>
/// <param name="Vm">Whose; null: nobody's, the answers say which VMs there are.</param>
/// <param name="States">The answers.</param>
/// <param name="Missing">Actors that didn't answer in time.</param>
internal sealed record MachineState(VmId? Vm, ImmutableArray<InspectHop.State> States, ImmutableArray<string> Missing)
{
    /// <summary>Asks a node's actors. The task ends after <see cref="InspectCollector.Patience"/> at the latest.</summary>
    /// <param name="system">The node's.</param>
    /// <param name="roots">Roots of the rooms that it has.</param>
    /// <param name="vm">Whose state; null: only which VMs there are.</param>
    public static Task<MachineState> ReadAsync(ActorSystem system, IEnumerable<IActorRef> roots, VmId? vm)
    {
        var answer = new TaskCompletionSource<MachineState>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(InspectCollector.Props([.. roots.Where(root => !root.IsNobody())], vm, answer));
        return answer.Task;
    }

    /// <summary>VMs that any room of the node has, in order.</summary>
    public ImmutableArray<string> Vms => [.. States.SelectMany(state => state.Below).Where(name => name.StartsWith("vm-", StringComparison.Ordinal)).Distinct().OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)];

    /// <summary>The tree, or null when the node has nothing of the VM.</summary>
    public InspectNode? Tree()
    {
        var parts = States.Where(state => state.Snapshot is not null).OrderBy(state => state.Actor, StringComparer.Ordinal).ToList();
        if (Vm is not { } vm || parts.Count == 0)
            return null;
        var devices = parts.Where(state => Depth(state) == 3 && state.Snapshot!.Name.StartsWith("pci-", StringComparison.Ordinal)).Select(state => WithPorts(state, parts));
        IEnumerable<InspectNode> children = [.. parts.Where(state => Depth(state) == 2 || state.Snapshot!.Name.StartsWith("vcpu-", StringComparison.Ordinal)).Select(state => state.Snapshot!), .. devices];
        if (!Missing.IsEmpty)
            children = children.Append(InspectNode.Branch("no-answer", Missing.Select((actor, index) => InspectNode.Leaf(index.ToString(CultureInfo.InvariantCulture), actor))));
        return InspectNode.Branch($"vm-{vm.Value.ToString(CultureInfo.InvariantCulture)}", children);
    }

    private static InspectNode WithPorts(InspectHop.State device, List<InspectHop.State> parts) => device.Snapshot! with
    {
        Children = [.. device.Snapshot.Children, .. parts.Where(state => Depth(state) == 4 && state.Actor.StartsWith(device.Actor + "/", StringComparison.Ordinal)).Select(state => state.Snapshot!)],
    };

    private static int Depth(InspectHop.State state) => state.Actor.Count(letter => letter == '/') + 1;
}

/// <summary>Finds places in a tree by their path, and shows them.</summary>
internal static class InspectPath
{
    /// <summary>Parts of a path at most.</summary>
    public const int MaxParts = 8;

    /// <summary>The VM that a path begins with, or what is wrong with the path.</summary>
    public static bool TryVm(string path, out VmId? vm, out string problem)
    {
        vm = null;
        problem = string.Empty;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > MaxParts)
            problem = $"has more than {MaxParts} parts";
        else if (parts.Length > 0 && parts[0] != "*")
        {
            if (parts[0].StartsWith("vm-", StringComparison.Ordinal) && int.TryParse(parts[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                vm = new VmId(number);
            else
                problem = "doesn't begin with a VM, such as vm-1";
        }

        return problem.Length == 0;
    }

    /// <summary>Places that a path fits, with their own paths. <c>*</c> stands for any name, or within a name for any end of it.</summary>
    public static IReadOnlyList<(string Path, InspectNode Node)> Find(InspectNode tree, string path)
    {
        IReadOnlyList<(string Path, InspectNode Node)> found = [(tree.Name, tree)];
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1))
            found = [.. found.SelectMany(place => place.Node.Children.Where(child => Fits(child.Name, part)).Select(child => ($"{place.Path}/{child.Name}", child)))];
        return found;
    }

    /// <summary>Every value in and below a place, a line each.</summary>
    public static IEnumerable<string> Lines(string path, InspectNode node) => node.Value is { } value
        ? [$"{path} = {value}"]
        : node.Children.SelectMany(child => Lines($"{path}/{child.Name}", child));

    /// <summary>As JSON: places are objects, values are texts.</summary>
    public static void Write(Utf8JsonWriter json, InspectNode node)
    {
        if (node.Value is { } value)
        {
            json.WriteStringValue(value);
            return;
        }

        json.WriteStartObject();
        foreach (var child in node.Children)
        {
            json.WritePropertyName(child.Name);
            Write(json, child);
        }

        json.WriteEndObject();
    }

    private static bool Fits(string name, string part) => part.EndsWith('*') ? name.StartsWith(part[..^1], StringComparison.Ordinal) : name == part;
}
