namespace Actors.Protocol.Tests.Wire;

public sealed class AcrnAbiSpecTests
{
    private static readonly (string Expression, long Ours)[] Layout =
    [
        ("sizeof(struct acrn_io_request_buffer)", AcrnAbiSpec.PageBytes),
        ("ACRN_IO_REQUEST_MAX", AcrnAbiSpec.SlotCount),
        ("sizeof(struct acrn_io_request)", AcrnAbiSpec.SlotBytes),
        ("offsetof(struct acrn_io_request_buffer, req_slot[1])", AcrnAbiSpec.SlotBytes),
        ("offsetof(struct acrn_io_request, type)", AcrnAbiSpec.SlotType),
        ("offsetof(struct acrn_io_request, completion_polling)", AcrnAbiSpec.SlotCompletionPolling),
        ("offsetof(struct acrn_io_request, reqs)", AcrnAbiSpec.SlotBody),
        ("sizeof(((struct acrn_io_request *)0)->reqs)", AcrnAbiSpec.SlotBodyBytes),
        ("offsetof(struct acrn_io_request, kernel_handled)", AcrnAbiSpec.SlotKernelHandled),
        ("offsetof(struct acrn_io_request, processed)", AcrnAbiSpec.SlotState),
        ("offsetof(struct acrn_pio_request, direction)", AcrnAbiSpec.BodyDirection),
        ("offsetof(struct acrn_pio_request, address)", AcrnAbiSpec.BodyAddress),
        ("offsetof(struct acrn_pio_request, size)", AcrnAbiSpec.BodySize),
        ("offsetof(struct acrn_pio_request, value)", AcrnAbiSpec.BodyValue),
        ("sizeof(((struct acrn_pio_request *)0)->value)", 4),
        ("offsetof(struct acrn_mmio_request, direction)", AcrnAbiSpec.BodyDirection),
        ("offsetof(struct acrn_mmio_request, address)", AcrnAbiSpec.BodyAddress),
        ("offsetof(struct acrn_mmio_request, size)", AcrnAbiSpec.BodySize),
        ("offsetof(struct acrn_mmio_request, value)", AcrnAbiSpec.BodyValue),
        ("sizeof(((struct acrn_mmio_request *)0)->value)", 8),
        ("offsetof(struct acrn_pci_request, direction)", AcrnAbiSpec.BodyDirection),
        ("offsetof(struct acrn_pci_request, size)", AcrnAbiSpec.BodySize),
        ("offsetof(struct acrn_pci_request, value)", AcrnAbiSpec.BodyValue),
        ("sizeof(((struct acrn_pci_request *)0)->value)", 4),
        ("offsetof(struct acrn_pci_request, bus)", AcrnAbiSpec.BodyPciBus),
        ("offsetof(struct acrn_pci_request, dev)", AcrnAbiSpec.BodyPciDevice),
        ("offsetof(struct acrn_pci_request, func)", AcrnAbiSpec.BodyPciFunction),
        ("offsetof(struct acrn_pci_request, reg)", AcrnAbiSpec.BodyPciRegister),
        ("ACRN_IOREQ_TYPE_PORTIO", (long)IoRequestType.PortIo),
        ("ACRN_IOREQ_TYPE_MMIO", (long)IoRequestType.Mmio),
        ("ACRN_IOREQ_TYPE_PCICFG", (long)IoRequestType.PciConfig),
        ("ACRN_IOREQ_DIR_READ", (long)IoDirection.Read),
        ("ACRN_IOREQ_DIR_WRITE", (long)IoDirection.Write),
        ("ACRN_IOREQ_STATE_PENDING", (long)IoRequestSlotState.Pending),
        ("ACRN_IOREQ_STATE_COMPLETE", (long)IoRequestSlotState.Complete),
        ("ACRN_IOREQ_STATE_PROCESSING", (long)IoRequestSlotState.Processing),
        ("ACRN_IOREQ_STATE_FREE", (long)IoRequestSlotState.Free),
        ("sizeof(struct acrn_ioreq_notify)", AcrnAbiSpec.NotifyBytes),
        ("sizeof(struct acrn_ioeventfd)", AcrnAbiSpec.IoeventfdBytes),
        ("ACRN_IOEVENTFD_FLAG_PIO", (long)IoeventfdFlags.Pio),
        ("ACRN_IOEVENTFD_FLAG_DATAMATCH", (long)IoeventfdFlags.DataMatch),
        ("ACRN_IOEVENTFD_FLAG_DEASSIGN", (long)IoeventfdFlags.Deassign),
        ("sizeof(struct acrn_irqfd)", AcrnAbiSpec.IrqfdBytes),
        ("ACRN_IRQFD_FLAG_DEASSIGN", AcrnIrqfd.DeassignFlag),
        ("sizeof(struct acrn_msi_entry)", AcrnAbiSpec.MsiEntryBytes),
        ("sizeof(struct acrn_vm_creation)", AcrnAbiSpec.VmCreationBytes),
    ];

    /// <summary>Fields that our structures write at an offset of their own: the value says where it must appear.</summary>
    private static readonly (string Structure, string Field, byte[] Bytes, int Value)[] Fields =
    [
        ("acrn_ioeventfd", "fd", Ioeventfd(), 0x11),
        ("acrn_ioeventfd", "flags", Ioeventfd(), 0x02),
        ("acrn_ioeventfd", "addr", Ioeventfd(), 0x33),
        ("acrn_ioeventfd", "len", Ioeventfd(), 0x44),
        ("acrn_ioeventfd", "data", Ioeventfd(), 0x55),
        ("acrn_irqfd", "fd", Irqfd(), 0x11),
        ("acrn_irqfd", "flags", Irqfd(), 0x22),
        ("acrn_irqfd", "msi.msi_addr", Irqfd(), 0x33),
        ("acrn_irqfd", "msi.msi_data", Irqfd(), 0x44),
        ("acrn_ioreq_notify", "vmid", Notify(), 0x11),
        ("acrn_ioreq_notify", "vcpu", Notify(), 0x22),
        ("acrn_vm_creation", "vmid", VmCreation(), 0x11),
        ("acrn_vm_creation", "vcpu_num", VmCreation(), 0x22),
        ("acrn_vm_creation", "uuid", VmCreation(), 0x33),
        ("acrn_vm_creation", "vm_flag", VmCreation(), 0x55),
        ("acrn_vm_creation", "ioreq_buf", VmCreation(), 0x66),
        ("acrn_vm_creation", "cpu_affinity", VmCreation(), 0x77),
    ];

    [SkippableFact]
    public void Sizes_offsets_and_numbers_are_those_of_the_system_s_header()
    {
        var theirs = SystemAcrnHeader.Evaluate([.. Layout.Select(entry => entry.Expression)]);

        var ours = Layout.Select(entry => $"{entry.Expression} = {entry.Ours}");
        Assert.Equal(Layout.Zip(theirs, (entry, value) => $"{entry.Expression} = {value}"), ours);
    }

    [SkippableFact]
    public void Fields_are_written_where_the_system_s_header_has_them()
    {
        var theirs = SystemAcrnHeader.Evaluate([.. Fields.Select(entry => $"offsetof(struct {entry.Structure}, {entry.Field})")]);

        foreach (var (entry, offset) in Fields.Zip(theirs))
            Assert.True(entry.Bytes[offset] == entry.Value, $"{entry.Structure}.{entry.Field} isn't at {offset}");
    }

    private static byte[] Ioeventfd()
    {
        var bytes = new byte[AcrnAbiSpec.IoeventfdBytes];
        Assert.Equal(AbiResult.Ok, new AcrnIoeventfd(0x11, IoeventfdFlags.DataMatch, 0x33, 0x44, 0x55).Write(bytes));
        return bytes;
    }

    private static byte[] Irqfd()
    {
        var bytes = new byte[AcrnAbiSpec.IrqfdBytes];
        Assert.Equal(AbiResult.Ok, new AcrnIrqfd(0x11, 0x22, new AcrnMsiEntry(0x33, 0x44)).Write(bytes));
        return bytes;
    }

    private static byte[] Notify()
    {
        var bytes = new byte[AcrnAbiSpec.NotifyBytes];
        Assert.Equal(AbiResult.Ok, new AcrnIoreqNotify(0x11, 0x22).Write(bytes));
        return bytes;
    }

    private static byte[] VmCreation()
    {
        var bytes = new byte[AcrnAbiSpec.VmCreationBytes];
        Assert.Equal(AbiResult.Ok, new AcrnVmCreation(0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77).Write(bytes));
        return bytes;
    }
}
