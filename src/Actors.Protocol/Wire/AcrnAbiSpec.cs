namespace Actors.Protocol;

/// <summary>
/// Byte offsets and sizes of the structures that ACRN's hypervisor, HSM and device model share. Everything is little-endian.
/// Source: Linux <c>include/uapi/linux/acrn.h</c>, the names in brackets; the asyncio ring: ACRN <c>acrn_common.h</c>.
/// </summary>
public static class AcrnAbiSpec
{
    /// <summary>acrn_io_request_buffer.</summary>
    public const int PageBytes = 4096;

    /// <summary>ACRN_IO_REQUEST_MAX.</summary>
    public const int SlotCount = 16;

    /// <summary>acrn_io_request, with its alignment.</summary>
    public const int SlotBytes = 256;

    /// <summary>acrn_io_request.type.</summary>
    public const int SlotType = 0;

    /// <summary>acrn_io_request.completion_polling.</summary>
    public const int SlotCompletionPolling = 4;

    /// <summary>acrn_io_request.reqs, the union.</summary>
    public const int SlotBody = 64;

    /// <summary>Bytes of the union.</summary>
    public const int SlotBodyBytes = 64;

    /// <summary>acrn_io_request.kernel_handled.</summary>
    public const int SlotKernelHandled = 132;

    /// <summary>acrn_io_request.processed: the state, written last with release order and read first with acquire order.</summary>
    public const int SlotState = 136;

    /// <summary>direction of every body, from the start of the union.</summary>
    public const int BodyDirection = 0;

    /// <summary>address of acrn_pio_request and acrn_mmio_request, from the start of the union.</summary>
    public const int BodyAddress = 8;

    /// <summary>size of every body (the PCI one overlays the other two so far), from the start of the union.</summary>
    public const int BodySize = 16;

    /// <summary>value of every body: 4 bytes for a port or configuration space, 8 for memory.</summary>
    public const int BodyValue = 24;

    /// <summary>acrn_pci_request.bus.</summary>
    public const int BodyPciBus = 28;

    /// <summary>acrn_pci_request.dev.</summary>
    public const int BodyPciDevice = 32;

    /// <summary>acrn_pci_request.func.</summary>
    public const int BodyPciFunction = 36;

    /// <summary>acrn_pci_request.reg.</summary>
    public const int BodyPciRegister = 40;

    /// <summary>acrn_ioreq_notify: vmid, reserved, vcpu.</summary>
    public const int NotifyBytes = 8;

    /// <summary>acrn_ioeventfd: fd, flags, addr, len, reserved, data.</summary>
    public const int IoeventfdBytes = 32;

    /// <summary>acrn_irqfd: fd, flags, msi.</summary>
    public const int IrqfdBytes = 24;

    /// <summary>acrn_msi_entry: msi_addr, msi_data.</summary>
    public const int MsiEntryBytes = 16;

    /// <summary>acrn_vm_creation: vmid, reserved0, vcpu_num, reserved1, uuid, vm_flag, ioreq_buf, cpu_affinity.</summary>
    public const int VmCreationBytes = 48;

    /// <summary>acrn_asyncio_info: type, match_data, addr, fd, data.</summary>
    public const int AsyncioDescriptorBytes = 32;

    /// <summary>Header of the asyncio ring (shared_buf).</summary>
    public const int RingHeaderBytes = 64;

    /// <summary>SBUF_MAGIC.</summary>
    public const ulong RingMagic = 0x5aa5_7aa7_1aa1_3aa3;

    /// <summary>Bytes of an element: a cookie.</summary>
    public const int RingElementBytes = 8;

    /// <summary>Elements; one is always free.</summary>
    public const int RingElements = (PageBytes - RingHeaderBytes) / RingElementBytes;
}
