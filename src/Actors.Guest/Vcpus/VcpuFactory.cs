using Actors.Protocol;
using Akka.Actor;

namespace Actors.Guest;

/// <summary>Makes vCPU actors that run programmed guests.</summary>
public sealed class VcpuFactory : IVcpuFactory
{
    private readonly IGuestCatalog _catalog;

    /// <summary>Runs the guests of a catalog.</summary>
    public VcpuFactory(IGuestCatalog catalog) => _catalog = catalog;

    /// <inheritdoc/>
    public Props Create(VmSpec spec, int vcpu, IGuestMemory memory, RoomServices services) =>
        Props.CreateBy(new VcpuProducer(new VcpuCore(spec, vcpu, memory, _catalog), services));

    /// <inheritdoc/>
    public string? Validate(GuestSpec guest) => _catalog.Validate(guest);

    /// <summary>Keeps the core over a restart of its actor. Also cheaper than an expression tree: there are thousands of vCPUs.</summary>
    private sealed class VcpuProducer(VcpuCore core, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(VcpuActor);

        public ActorBase Produce() => new VcpuActor(core, services);

        public void Release(ActorBase actor)
        {
        }
    }
}
