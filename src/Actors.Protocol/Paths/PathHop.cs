namespace Actors.Protocol;

/// <summary>Steps of the path from a guest's access to a backend's byte and back, top to bottom. Each carries the names that ACRN's and Linux's sources give it.</summary>
public enum PathHop
{
    /// <summary>A vCPU's engine stops with an access.</summary>
    [AcrnName("VM exit", PathRoom.Guest, "vcpu.exit")] VmExit,

    /// <summary>The hypervisor looks the address up in its tables.</summary>
    [AcrnName("emulate_io", PathRoom.Hypervisor, "hypervisor.emulate-io")] EmulateIo,

    /// <summary>A device inside the hypervisor served the access.</summary>
    [AcrnName("emulate_io: hv handler", PathRoom.Hypervisor, "hypervisor.handler")] HypervisorHandler,

    /// <summary>A doorbell of the asyncio table: no slot, no stop.</summary>
    [AcrnName("acrn_asyncio: sbuf_put", PathRoom.Hypervisor, "hypervisor.asyncio")] AsyncioKick,

    /// <summary>Slot FREE to PENDING.</summary>
    [AcrnName("acrn_insert_request", PathRoom.Hypervisor, "hypervisor.insert-request")] InsertRequest,

    /// <summary>The HSM's vector is injected.</summary>
    [AcrnName("acrn_fire_hsm_interrupt: get_hsm_notification_vector", PathRoom.Hypervisor, "hsm.upcall")] FireHsmInterrupt,

    /// <summary>The vector arrives.</summary>
    [AcrnName("HYPERVISOR_CALLBACK_VECTOR: acrn_intr_handler", PathRoom.Hsm, "hsm.interrupt")] AcrnIntrHandler,

    /// <summary>Work is queued.</summary>
    [AcrnName("ioreq_intr_handler: queue_work(ioreq_wq)", PathRoom.Hsm, "hsm.queue-work")] IoreqIntrHandler,

    /// <summary>Pending slots are scanned; a client is chosen; PENDING to PROCESSING.</summary>
    [AcrnName("ioreq_dispatch", PathRoom.Hsm, "hsm.dispatch")] IoreqDispatch,

    /// <summary>The client's bit is set and the client woken.</summary>
    [AcrnName("wake_up_interruptible", PathRoom.Hsm, "hsm.wake-client")] WakeClient,

    /// <summary>A client takes its lowest bit.</summary>
    [AcrnName("ioreq_task: has_pending_request", PathRoom.Hsm, "hsm.client")] IoreqTask,

    /// <summary>The ioeventfd client searches its table and signals.</summary>
    [AcrnName("acrn_ioeventfd_handler: eventfd_signal", PathRoom.Hsm, "hsm.doorbell")] IoeventfdHandler,

    /// <summary>A VM's clients are made.</summary>
    [AcrnName("acrn_vm_create: acrn_ioeventfd_init: acrn_ioreq_client_create", PathRoom.Hsm, "hsm.client-create")] ClientCreate,

    /// <summary>A doorbell is registered.</summary>
    [AcrnName("virtio_set_iothread: acrn_ioeventfd_assign: acrn_io_range_add", PathRoom.Hsm, "hsm.range-add")] IoRangeAdd,

    /// <summary>The default client takes a request.</summary>
    [AcrnName("vm_loop: handle_vmexit", PathRoom.DeviceModel, "dm.request")] VmLoop,

    /// <summary>An I/O BAR is hit.</summary>
    [AcrnName("pci_emul_io_handler", PathRoom.DeviceModel, "dm.port-io")] PciEmulIoHandler,

    /// <summary>A memory BAR is hit.</summary>
    [AcrnName("pci_emul_mem_handler", PathRoom.DeviceModel, "dm.memory")] PciEmulMemHandler,

    /// <summary>Configuration space is hit.</summary>
    [AcrnName("emulate_pci_cfgrw", PathRoom.DeviceModel, "dm.configuration")] PciConfigAccess,

    /// <summary>The device's BAR is written.</summary>
    [AcrnName("vdev_bar_write: virtio_pci_write", PathRoom.Device, "dm.register-write")] VirtioPciWrite,

    /// <summary>The device's BAR is read.</summary>
    [AcrnName("vdev_bar_read: virtio_pci_read", PathRoom.Device, "dm.register-read")] VirtioPciRead,

    /// <summary>A doorbell's signal reaches the device.</summary>
    [AcrnName("iothread_handler", PathRoom.Device, "dm.doorbell")] IothreadHandler,

    /// <summary>A receive queue's notify.</summary>
    [AcrnName("queues[i].notify = virtio_console_notify_rx", PathRoom.Device, "dm.notify-rx")] NotifyRx,

    /// <summary>A transmit queue's notify.</summary>
    [AcrnName("queues[i].notify = virtio_console_notify_tx", PathRoom.Device, "dm.notify-tx")] NotifyTx,

    /// <summary>A control message is handled.</summary>
    [AcrnName("port->cb = virtio_console_control_tx", PathRoom.Device, "dm.control-tx")] ControlTx,

    /// <summary>A control message is sent to the guest.</summary>
    [AcrnName("virtio_console_control_send", PathRoom.Device, "dm.control-send")] ControlSend,

    /// <summary>A port's bytes go to its backend.</summary>
    [AcrnName("port->cb = virtio_console_backend_write", PathRoom.Port, "port.write")] BackendWrite,

    /// <summary>A backend's bytes come in.</summary>
    [AcrnName("virtio_console_backend_read", PathRoom.Port, "port.read")] BackendRead,

    /// <summary>Used ring published.</summary>
    [AcrnName("vq_relchain, vq_endchains", PathRoom.Device, "dm.end-chains")] EndChains,

    /// <summary>An interrupt leaves the device.</summary>
    [AcrnName("vq_interrupt: pci_generate_msix / pci_lintr_assert", PathRoom.Device, "irq.raise")] DeviceInterrupt,

    /// <summary>An irqfd was signalled.</summary>
    [AcrnName("acrn_irqfd_inject", PathRoom.Hsm, "irq.irqfd")] Irqfd,

    /// <summary>The interrupt hypercall.</summary>
    [AcrnName("HC_INJECT_MSI / HC_SET_IRQLINE", PathRoom.Hsm, "irq.inject")] InjectInterrupt,

    /// <summary>A vector reaches a vCPU.</summary>
    [AcrnName("vlapic: inject to vCPU", PathRoom.Guest, "vcpu.interrupt")] VcpuInterrupt,

    /// <summary>The service side says that a request is finished.</summary>
    [AcrnName("NOTIFY_REQUEST_FINISH: hcall_notify_ioreq_finish", PathRoom.Hsm, "hsm.complete")] NotifyRequestFinish,

    /// <summary>Post-work: COMPLETE to FREE, registers updated.</summary>
    [AcrnName("dm_emulate_io_complete: COMPLETE -> FREE", PathRoom.Hypervisor, "hypervisor.post-work")] PostWork,

    /// <summary>The vCPU goes on.</summary>
    [AcrnName("VM entry", PathRoom.Guest, "vcpu.resume")] VmEntry,

    /// <summary>A queue's notify, of a virtio device that a user brought along.</summary>
    [AcrnName("queues[i].notify", PathRoom.Device, "dm.notify")] NotifyQueue,
}

/// <summary>What a step is called in ACRN or Linux, who takes it, and its site here.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class AcrnNameAttribute(string name, PathRoom room, string site) : Attribute
{
    /// <summary>Function names, caller first.</summary>
    public string Name { get; } = name;

    /// <summary>Who takes the step, unless the step says it itself.</summary>
    public PathRoom Room { get; } = room;

    /// <summary>Stable name of the place: what spans are called. Where a link has the same name, the step is at one of its ends.</summary>
    public string Site { get; } = site;
}
