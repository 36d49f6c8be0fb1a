using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Whether two descriptions are of the same machine; records compare their arrays by identity.</summary>
internal static class SpecComparison
{
    /// <summary>True when everything is equal.</summary>
    public static bool AreSame(VmSpec left, VmSpec right) =>
        left.Vm == right.Vm
        && left.Vcpus == right.Vcpus
        && left.MemoryBytes == right.MemoryBytes
        && left.CompletionPolling == right.CompletionPolling
        && left.UpcallVector == right.UpcallVector
        && left.Guest.Name == right.Guest.Name
        && left.Guest.Arguments.SequenceEqual(right.Guest.Arguments)
        && left.Devices.Length == right.Devices.Length
        && left.Devices.Zip(right.Devices).All(pair => pair.First with { Ports = pair.Second.Ports } == pair.Second && pair.First.Ports.SequenceEqual(pair.Second.Ports))
        && (left.Own.IsDefaultOrEmpty ? right.Own.IsDefaultOrEmpty : !right.Own.IsDefault && left.Own.SequenceEqual(right.Own));
}
