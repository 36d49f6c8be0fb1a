using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>
/// One direction of a hop between two actors. In production a plain tell; where an interceptor is given, a point at which a
/// fault plan may drop, delay, duplicate or reorder.
/// </summary>
public readonly struct Link
{
    private readonly IActorRef _to;
    private readonly ILinkInterceptor? _interceptor;
    private readonly LinkSite _site;

    /// <summary>Makes a link to an actor.</summary>
    public Link(LinkSite site, IActorRef to, RoomServices services)
    {
        _site = site;
        _to = to;
        _interceptor = services.Links;
    }

    /// <summary>The receiver; null in a default link.</summary>
    public IActorRef? Target => _to;

    /// <summary>Sends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Send(object message, IActorRef from)
    {
        if (_interceptor is null)
        {
            _to.Tell(message, from);
        }
        else
        {
            _interceptor.Send(_site, _to, message, from);
        }
    }
}

/// <summary>What the simulated world puts between two actors.</summary>
public interface ILinkInterceptor
{
    /// <summary>Delivers, or doesn't.</summary>
    void Send(LinkSite site, IActorRef to, object message, IActorRef from);
}

/// <summary>A place where messages cross, by its stable name.</summary>
public sealed record LinkSite(string Name)
{
    /// <summary>vCPU to hypervisor: I/O exits.</summary>
    public static readonly LinkSite VcpuExit = new("vcpu.exit");

    /// <summary>Hypervisor to vCPU: completions and run control.</summary>
    public static readonly LinkSite VcpuResume = new("vcpu.resume");

    /// <summary>Hypervisor to vCPU: interrupts.</summary>
    public static readonly LinkSite VcpuInterrupt = new("vcpu.interrupt");

    /// <summary>Hypervisor to HSM: upcalls and asyncio kicks.</summary>
    public static readonly LinkSite HsmUpcall = new("hsm.upcall");

    /// <summary>HSM to hypervisor: finished requests.</summary>
    public static readonly LinkSite HsmComplete = new("hsm.complete");

    /// <summary>HSM to the default client.</summary>
    public static readonly LinkSite HsmDispatch = new("hsm.dispatch");

    /// <summary>HSM to a device: doorbells.</summary>
    public static readonly LinkSite HsmDoorbell = new("hsm.doorbell");

    /// <summary>Device to HSM: doorbell credit.</summary>
    public static readonly LinkSite DoorbellCredit = new("dm.doorbell-credit");

    /// <summary>Device model to HSM: finished requests.</summary>
    public static readonly LinkSite DmComplete = new("dm.complete");

    /// <summary>Device model to HSM: interrupts.</summary>
    public static readonly LinkSite IrqRaise = new("irq.raise");

    /// <summary>HSM to hypervisor: interrupts.</summary>
    public static readonly LinkSite IrqInject = new("irq.inject");

    /// <summary>Hypervisor to HSM: interrupts that need no repeat.</summary>
    public static readonly LinkSite IrqSeen = new("irq.seen");

    /// <summary>HSM to DM root of a VM: interrupts that need no repeat.</summary>
    public static readonly LinkSite IrqAcknowledge = new("irq.acknowledge");

    /// <summary>DM root of a VM to a device: register accesses.</summary>
    public static readonly LinkSite DeviceAccess = new("dm.access");

    /// <summary>Device to its DM root: results and mappings.</summary>
    public static readonly LinkSite DeviceResult = new("dm.result");

    /// <summary>Device to port actor.</summary>
    public static readonly LinkSite PortWrite = new("port.write");

    /// <summary>Port actor to device.</summary>
    public static readonly LinkSite PortEvent = new("port.event");

    /// <summary>Life-cycle commands and results, ioeventfd and irqfd registration.</summary>
    public static readonly LinkSite VmControl = new("vm.control");

    /// <summary>Device to the guest's RAM on another node: exchanges.</summary>
    public static readonly LinkSite MemoryExchange = new("memory.exchange");

    /// <summary>Guest RAM to a device on another node: answers.</summary>
    public static readonly LinkSite MemoryAnswer = new("memory.answer");

    /// <summary>Every site, for plans that name one.</summary>
    public static readonly IReadOnlyList<LinkSite> All =
    [
        VcpuExit, VcpuResume, VcpuInterrupt, HsmUpcall, HsmComplete, HsmDispatch, HsmDoorbell, DoorbellCredit,
        DmComplete, IrqRaise, IrqInject, IrqSeen, IrqAcknowledge, DeviceAccess, DeviceResult, PortWrite, PortEvent, VmControl, MemoryExchange, MemoryAnswer,
    ];
}
