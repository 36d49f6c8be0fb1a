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
/// <param name="Name">The name that plans and pictures use.</param>
/// <param name="Function">What crosses there in ACRN or Linux, caller first; null where they have nothing of the kind.</param>
public sealed record LinkSite(string Name, string? Function = null)
{
    /// <summary>vCPU to hypervisor: I/O exits.</summary>
    public static readonly LinkSite VcpuExit = new("vcpu.exit", "VM exit: emulate_io");

    /// <summary>Hypervisor to vCPU: completions and run control.</summary>
    public static readonly LinkSite VcpuResume = new("vcpu.resume", "dm_emulate_io_complete: VM entry");

    /// <summary>Hypervisor to vCPU: interrupts.</summary>
    public static readonly LinkSite VcpuInterrupt = new("vcpu.interrupt", "vlapic: inject to vCPU");

    /// <summary>Hypervisor to HSM: upcalls and asyncio kicks.</summary>
    public static readonly LinkSite HsmUpcall = new("hsm.upcall", "acrn_fire_hsm_interrupt: get_hsm_notification_vector -> HYPERVISOR_CALLBACK_VECTOR: acrn_intr_handler");

    /// <summary>HSM to hypervisor: finished requests.</summary>
    public static readonly LinkSite HsmComplete = new("hsm.complete", "NOTIFY_REQUEST_FINISH: hcall_notify_ioreq_finish");

    /// <summary>HSM to the default client.</summary>
    public static readonly LinkSite HsmDispatch = new("hsm.dispatch", "ioreq_dispatch: wake_up_interruptible -> ioreq_task: vm_loop");

    /// <summary>HSM to a device: doorbells.</summary>
    public static readonly LinkSite HsmDoorbell = new("hsm.doorbell", "acrn_ioeventfd_handler: eventfd_signal -> iothread_handler");

    /// <summary>Device to HSM: doorbell credit.</summary>
    public static readonly LinkSite DoorbellCredit = new("dm.doorbell-credit", "iothread_handler: read(eventfd)");

    /// <summary>Device model to HSM: finished requests.</summary>
    public static readonly LinkSite DmComplete = new("dm.complete", "ACRN_IOCTL_NOTIFY_REQUEST_FINISH: acrn_ioreq_request_complete");

    /// <summary>Device model to HSM: interrupts.</summary>
    public static readonly LinkSite IrqRaise = new("irq.raise", "vq_interrupt: pci_generate_msix / pci_lintr_assert");

    /// <summary>HSM to hypervisor: interrupts.</summary>
    public static readonly LinkSite IrqInject = new("irq.inject", "HC_INJECT_MSI / HC_SET_IRQLINE");

    /// <summary>Hypervisor to HSM: interrupts that need no repeat.</summary>
    public static readonly LinkSite IrqSeen = new("irq.seen");

    /// <summary>HSM to DM root of a VM: interrupts that need no repeat.</summary>
    public static readonly LinkSite IrqAcknowledge = new("irq.acknowledge");

    /// <summary>DM root of a VM to a device: register accesses.</summary>
    public static readonly LinkSite DeviceAccess = new("dm.access", "pci_emul_io_handler / pci_emul_mem_handler: vdev_bar_write: virtio_pci_write");

    /// <summary>Device to its DM root: results and mappings.</summary>
    public static readonly LinkSite DeviceResult = new("dm.result", "vm_loop: handle_vmexit");

    /// <summary>Device to port actor.</summary>
    public static readonly LinkSite PortWrite = new("port.write", "port->cb = virtio_console_backend_write");

    /// <summary>Port actor to device.</summary>
    public static readonly LinkSite PortEvent = new("port.event", "virtio_console_backend_read");

    /// <summary>Life-cycle commands and results, ioeventfd and irqfd registration.</summary>
    public static readonly LinkSite VmControl = new("vm.control", "acrn_vm_create / acrn_ioeventfd_assign: acrn_io_range_add");

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
