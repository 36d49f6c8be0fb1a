namespace Actors.Simulation;

/// <summary>Events of a cluster in words.</summary>
internal static class ClusterText
{
    /// <summary>What happened.</summary>
    public static string Of(in ClusterEvent happened)
    {
        var (node, vm, other) = (happened.Node, happened.Vm, happened.Other);
        return happened.Kind switch
        {
            ClusterEventKind.NodeStarted => Text($"node {node} begins (life {other})"),
            ClusterEventKind.NodeCrashed => Text($"node {node} is gone (life {other})"),
            ClusterEventKind.NodePaused => Text($"node {node} stalls"),
            ClusterEventKind.NodeResumed => Text($"node {node} goes on"),
            ClusterEventKind.MemberUp => Text($"node {node} takes node {other} for a member"),
            ClusterEventKind.MemberUnreachable => Text($"node {node} doesn't hear node {other} any more"),
            ClusterEventKind.MemberReachable => Text($"node {node} hears node {other} again"),
            ClusterEventKind.MemberDowned => Text($"node {node} takes node {other} for lost"),
            ClusterEventKind.NodeLeft => Text($"node {node} is out, and ends"),
            ClusterEventKind.TokenGranted => Text($"node {node} has token {happened.Token} for VM {vm}"),
            ClusterEventKind.MachineBegun => Text($"VM {vm} begins on node {node} as vm-{happened.Machine} with token {happened.Token}"),
            ClusterEventKind.MachineStopped => Text($"vm-{happened.Machine} of VM {vm} is over on node {node}"),
            ClusterEventKind.Released => Text($"node {node} gives VM {vm} away (token {happened.Token})"),
            ClusterEventKind.Ended => Text($"VM {vm} has ended (token {happened.Token})"),
            ClusterEventKind.Survived => Text($"node {node} hears {System.Numerics.BitOperations.PopCount((uint)other)} of {System.Numerics.BitOperations.PopCount(happened.Token)} members, and goes on"),
            ClusterEventKind.Yielded => Text($"node {node} hears {System.Numerics.BitOperations.PopCount((uint)other)} of {System.Numerics.BitOperations.PopCount(happened.Token)} members, and gives up"),
            ClusterEventKind.VersionRefused => Text($"node {node} refuses the wire version of node {other}"),
            _ => Text($"node {node} refuses a damaged message of node {other}"),
        };
    }

    /// <summary>The kind as one word, such as <c>node-paused</c>.</summary>
    public static string WordOf(ClusterEventKind kind)
    {
        var name = kind.ToString();
        for (var i = 1; i < name.Length; i++)
        {
            if (char.IsAsciiLetterUpper(name[i]))
                return $"{name[..i]}-{name[i..]}".ToLowerInvariant();
        }

        return name.ToLowerInvariant();
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
