using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Actors.Protocol;

/// <summary>
/// Reads and writes the I/O request page byte for byte (acrn-io-path 1.3). Between our own actors the page travels as messages; this is for whoever
/// shares or shows the real page. A writer touches only the fields of its slot, never the reserved bytes.
/// </summary>
public static class IoRequestPageCodec
{
    /// <summary>Sets every slot FREE and clears the rest, as the hypervisor does when a page is registered and at VM reset.</summary>
    public static AbiResult Reset(Span<byte> page)
    {
        if (page.Length != AcrnAbiSpec.PageBytes)
            return AbiResult.BadLength;

        page.Clear();
        for (var slot = 0; slot < AcrnAbiSpec.SlotCount; slot++)
            WriteStateWord(page, slot, IoRequestSlotState.Free);
        return AbiResult.Ok;
    }

    /// <summary>Reads a slot's state with acquire order: what its writer wrote before is seen by later reads. A zeroed page is sixteen times PENDING.</summary>
    public static AbiResult TryReadState(ReadOnlySpan<byte> page, int slot, out IoRequestSlotState state)
    {
        state = default;
        if (Check(page.Length, slot) is var bad and not AbiResult.Ok)
            return bad;

        var word = Volatile.Read(in MemoryMarshal.Cast<byte, uint>(page)[(slot * AcrnAbiSpec.SlotBytes + AcrnAbiSpec.SlotState) / sizeof(uint)]);
        state = (IoRequestSlotState)Little(word);
        return state > IoRequestSlotState.Free ? AbiResult.BadState : AbiResult.Ok;
    }

    /// <summary>Writes a slot's state with release order: whoever reads it sees everything written before.</summary>
    public static AbiResult WriteState(Span<byte> page, int slot, IoRequestSlotState state)
    {
        if (Check(page.Length, slot) is var bad and not AbiResult.Ok)
            return bad;
        if (state > IoRequestSlotState.Free)
            return AbiResult.BadState;

        WriteStateWord(page, slot, state);
        return AbiResult.Ok;
    }

    /// <summary>Reads a slot, state first. On any result but <see cref="AbiResult.Ok"/> the slot's content means nothing.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> page, int slot, out IoRequestSlot content)
    {
        content = default;
        if (TryReadState(page, slot, out var state) is var bad and not AbiResult.Ok)
            return bad;

        var bytes = page.Slice(slot * AcrnAbiSpec.SlotBytes, AcrnAbiSpec.SlotBytes);
        var result = ReadAccess(BinaryPrimitives.ReadUInt32LittleEndian(bytes), bytes.Slice(AcrnAbiSpec.SlotBody, AcrnAbiSpec.SlotBodyBytes), out var access);
        if (result == AbiResult.Ok)
        {
            content = new IoRequestSlot(
                access,
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[AcrnAbiSpec.SlotCompletionPolling..]) != 0,
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[AcrnAbiSpec.SlotKernelHandled..]) != 0,
                state);
        }

        return result;
    }

    /// <summary>Writes a slot, its state last. Nothing is written unless the access is one that the ABI can hold.</summary>
    public static AbiResult Write(Span<byte> page, int slot, in IoRequestSlot content)
    {
        if (Check(page.Length, slot) is var bad and not AbiResult.Ok)
            return bad;
        if (content.State > IoRequestSlotState.Free)
            return AbiResult.BadState;
        if (CheckAccess(content.Access) is var wrong and not AbiResult.Ok)
            return wrong;

        var bytes = page.Slice(slot * AcrnAbiSpec.SlotBytes, AcrnAbiSpec.SlotBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)content.Access.Type);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[AcrnAbiSpec.SlotCompletionPolling..], content.CompletionPolling ? 1u : 0);
        WriteBody(bytes.Slice(AcrnAbiSpec.SlotBody, AcrnAbiSpec.SlotBodyBytes), content.Access);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[AcrnAbiSpec.SlotKernelHandled..], content.KernelHandled ? 1u : 0);
        WriteStateWord(page, slot, content.State);
        return AbiResult.Ok;
    }

    private static AbiResult ReadAccess(uint rawType, ReadOnlySpan<byte> body, out IoAccess access)
    {
        access = default;
        if (rawType > (uint)IoRequestType.WriteProtect)
            return AbiResult.BadType;

        var direction = BinaryPrimitives.ReadUInt32LittleEndian(body[AcrnAbiSpec.BodyDirection..]);
        if (direction > (uint)IoDirection.Write)
            return AbiResult.BadDirection;

        var type = (IoRequestType)rawType;
        var size = BinaryPrimitives.ReadUInt64LittleEndian(body[AcrnAbiSpec.BodySize..]);
        if (!IsSize(type, size))
            return AbiResult.BadSize;

        ulong address;
        if (type != IoRequestType.PciConfig)
        {
            address = BinaryPrimitives.ReadUInt64LittleEndian(body[AcrnAbiSpec.BodyAddress..]);
        }
        else if (!TryReadPciAddress(body, out address))
        {
            return AbiResult.BadAddress;
        }

        var value = HasWideValue(type)
            ? BinaryPrimitives.ReadUInt64LittleEndian(body[AcrnAbiSpec.BodyValue..])
            : BinaryPrimitives.ReadUInt32LittleEndian(body[AcrnAbiSpec.BodyValue..]);
        access = new IoAccess(type, (IoDirection)direction, (byte)size, address, value & IoAccess.OnesOf((int)size));
        return IsAddress(type, address) ? AbiResult.Ok : AbiResult.BadAddress;
    }

    private static void WriteBody(Span<byte> body, in IoAccess access)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(body[AcrnAbiSpec.BodyDirection..], (uint)access.Direction);
        BinaryPrimitives.WriteUInt64LittleEndian(body[AcrnAbiSpec.BodySize..], access.Size);
        if (HasWideValue(access.Type))
            BinaryPrimitives.WriteUInt64LittleEndian(body[AcrnAbiSpec.BodyValue..], access.Value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(body[AcrnAbiSpec.BodyValue..], (uint)access.Value);

        if (access.Type != IoRequestType.PciConfig)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(body[AcrnAbiSpec.BodyAddress..], access.Address);
            return;
        }

        var function = PciConfigAddress.FunctionOf(access.Address);
        BinaryPrimitives.WriteUInt32LittleEndian(body[AcrnAbiSpec.BodyPciBus..], function.Bus);
        BinaryPrimitives.WriteUInt32LittleEndian(body[AcrnAbiSpec.BodyPciDevice..], function.Device);
        BinaryPrimitives.WriteUInt32LittleEndian(body[AcrnAbiSpec.BodyPciFunction..], function.Function);
        BinaryPrimitives.WriteUInt32LittleEndian(body[AcrnAbiSpec.BodyPciRegister..], (uint)PciConfigAddress.RegisterOf(access.Address));
    }

    private static bool TryReadPciAddress(ReadOnlySpan<byte> body, out ulong address)
    {
        var bus = BinaryPrimitives.ReadUInt32LittleEndian(body[AcrnAbiSpec.BodyPciBus..]);
        var device = BinaryPrimitives.ReadUInt32LittleEndian(body[AcrnAbiSpec.BodyPciDevice..]);
        var function = BinaryPrimitives.ReadUInt32LittleEndian(body[AcrnAbiSpec.BodyPciFunction..]);
        var register = BinaryPrimitives.ReadUInt32LittleEndian(body[AcrnAbiSpec.BodyPciRegister..]);
        var valid = bus <= 0xFF && device <= 0x1F && function <= 7 && register <= 0xFFF;
        address = valid ? PciConfigAddress.Pack(new Bdf((byte)bus, (byte)device, (byte)function), (int)register) : 0;
        return valid;
    }

    private static AbiResult CheckAccess(in IoAccess access)
    {
        if (access.Type > IoRequestType.WriteProtect)
            return AbiResult.BadType;
        if (access.Direction > IoDirection.Write)
            return AbiResult.BadDirection;
        if (!IsSize(access.Type, access.Size) || (access.Value & ~IoAccess.OnesOf(access.Size)) != 0)
            return AbiResult.BadSize;
        return IsAddress(access.Type, access.Address) ? AbiResult.Ok : AbiResult.BadAddress;
    }

    private static bool IsSize(IoRequestType type, ulong size) => size is 1 or 2 or 4 || (size == 8 && HasWideValue(type));

    private static bool IsAddress(IoRequestType type, ulong address) => type switch
    {
        IoRequestType.PortIo => address <= 0xFFFF,
        IoRequestType.PciConfig => address <= 0xFFF_FFFF,
        _ => true,
    };

    private static bool HasWideValue(IoRequestType type) => type is IoRequestType.Mmio or IoRequestType.WriteProtect;

    private static AbiResult Check(int length, int slot) =>
        length != AcrnAbiSpec.PageBytes ? AbiResult.BadLength
        : (uint)slot >= AcrnAbiSpec.SlotCount ? AbiResult.BadSlot
        : AbiResult.Ok;

    private static void WriteStateWord(Span<byte> page, int slot, IoRequestSlotState state)
    {
        ref var word = ref MemoryMarshal.Cast<byte, uint>(page)[(slot * AcrnAbiSpec.SlotBytes + AcrnAbiSpec.SlotState) / sizeof(uint)];
        Volatile.Write(ref word, Little((uint)state));
    }

    private static uint Little(uint word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
}
