using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// A deliberately wrong variant, which an oracle must catch: the harness's own test. Its wrongness is put in at a seam, or takes the place of a room's part
/// (<see cref="RoomVariants"/>). One instance serves one run.
/// </summary>
internal abstract class Flaw : RoomVariants
{
    /// <summary>Name, such as <c>short-write-tail-lost</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Ids of the oracles that may catch it; the first is the one it is made for.</summary>
    public abstract IReadOnlyList<string> CaughtBy { get; }

    /// <summary>Whose flaw it is, with the row of docs/differences.md, or what kind of mistake it stands for.</summary>
    public abstract string Source { get; }

    /// <summary>The plan on which it must be caught, and the plain system must pass.</summary>
    public abstract Plan Plan { get; }

    /// <summary>Seeds within which it must be caught.</summary>
    public virtual int Seeds => 100;

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => null;

    /// <summary>Takes the place of the trace, as the rooms see it.</summary>
    public virtual PathTrace Trace(World world, PathTrace trace) => trace;

    /// <summary>Takes the place of a link interceptor.</summary>
    public virtual ILinkInterceptor Links(World world, ILinkInterceptor links) => links;

    /// <summary>Takes the place of a user's view of guest RAM.</summary>
    public virtual IGuestMemory Memory(World world, VmId vm, MemoryUser user, IGuestMemory memory) => memory;

    /// <summary>Takes the place of a port's backend, as the port sees it.</summary>
    public virtual IPortBackend Backend(World world, IPortBackend backend) => backend;
}
