namespace Actors.Protocol;

/// <summary>Where a room finds the RAM of a VM. Given to rooms when a node is put together; messages never carry the RAM itself.</summary>
public interface IGuestMemoryDirectory
{
    /// <summary>Makes the RAM of a VM: low region from 0 up to 2 GiB, the rest from 4 GiB. Replaces an earlier incarnation's.</summary>
    /// <param name="vm">Owner.</param>
    /// <param name="bytes">Size in bytes, a multiple of 4096.</param>
    IGuestMemory Create(VmId vm, ulong bytes);

    /// <summary>The RAM of a VM, or null when there is none.</summary>
    IGuestMemory? Find(VmId vm);

    /// <summary>Sets all RAM back to zero and forgets its pages (VM reset).</summary>
    void Clear(VmId vm);

    /// <summary>Forgets the RAM (VM destroy). Holders of the object still read and write their own copy safely.</summary>
    void Remove(VmId vm);
}
