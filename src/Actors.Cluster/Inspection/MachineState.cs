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

    /// <summary>A device with its ports: what the device knows of a port, then what the port's own actor says.</summary>
    private static InspectNode WithPorts(InspectHop.State device, List<InspectHop.State> parts)
    {
        var children = device.Snapshot!.Children.ToList();
        foreach (var state in parts)
        {
            if (Depth(state) != 4 || !state.Actor.StartsWith(device.Actor + "/", StringComparison.Ordinal))
                continue;
            var port = state.Snapshot!;
            var known = children.FindIndex(child => child.Name == port.Name);
            if (known < 0)
                children.Add(port);
            else
                children[known] = port with { Children = [.. children[known].Children, .. port.Children] };
        }

        return device.Snapshot with { Children = [.. children] };
    }

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
    public static IEnumerable<string> Lines(string path, InspectNode node) => Values(path, node).Select(place => $"{place.Path} = {place.Value}");

    /// <summary>Every value in and below the places that a path fits.</summary>
    public static IEnumerable<(string Path, string Value)> Values(InspectNode tree, string path) => Find(tree, path).SelectMany(place => Values(place.Path, place.Node));

    /// <summary>What to say of a path at which there is nothing: how far it goes, and what there is.</summary>
    public static string Nothing(InspectNode tree, string path)
    {
        var (known, node) = Longest(tree, path);
        return node.Value is { } value
            ? $"there is nothing at {path}, {known} is a value: {value}"
            : $"there is nothing at {path}, at {known} there is {string.Join(", ", node.Children.Select(child => child.Name))}";
    }

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

    private static IEnumerable<(string Path, string Value)> Values(string path, InspectNode node) => node.Value is { } value
        ? [(path, value)]
        : node.Children.SelectMany(child => Values($"{path}/{child.Name}", child));

    /// <summary>The longest beginning of a path at which there is something.</summary>
    private static (string Path, InspectNode Node) Longest(InspectNode tree, string path)
    {
        while (path.Contains('/', StringComparison.Ordinal))
        {
            path = path[..path.LastIndexOf('/')];
            if (Find(tree, path) is [var first, ..])
                return (path, first.Node);
        }

        return (tree.Name, tree);
    }

    private static bool Fits(string name, string part) => part.EndsWith('*') ? name.StartsWith(part[..^1], StringComparison.Ordinal) : name == part;
}
