using System.Collections.Concurrent;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The RAM of the VMs of one node. Used by all rooms at once.</summary>
public sealed class GuestRamDirectory : IGuestMemoryDirectory
{
    private readonly ConcurrentDictionary<VmId, GuestRam> _rams = new();

    /// <summary>VMs that have RAM.</summary>
    public int Count => _rams.Count;

    /// <inheritdoc/>
    public IGuestMemory Create(VmId vm, ulong bytes) => _rams[vm] = new GuestRam(bytes);

    /// <inheritdoc/>
    public IGuestMemory? Find(VmId vm) => _rams.GetValueOrDefault(vm);

    /// <inheritdoc/>
    public void Clear(VmId vm) => _rams.GetValueOrDefault(vm)?.Clear();

    /// <inheritdoc/>
    public void Remove(VmId vm) => _rams.TryRemove(vm, out _);
}
