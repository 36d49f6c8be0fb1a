using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Parts of the way to RAM in whose place a test may put a variant (<see cref="RoomVariants"/>).</summary>
internal class MemoryParts
{
    /// <summary>The room's own parts.</summary>
    public static readonly MemoryParts Own = new();

    /// <summary>Makes what a VM's RAM is reached through from other nodes.</summary>
    public virtual MemoryServer MakeServer(VmId vm) => new(vm);
}
