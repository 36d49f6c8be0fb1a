using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>acrn_ioreq_notify, the argument of ioctl NOTIFY_REQUEST_FINISH.</summary>
/// <param name="Vm">vmid; the HSM ignores it.</param>
/// <param name="Vcpu">vCPU; its range is the HSM's to check.</param>
public readonly record struct AcrnIoreqNotify(ushort Vm, uint Vcpu)
{
    /// <summary>Reads one. A reserved field that isn't 0 is refused, as the ioctl does.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> bytes, out AcrnIoreqNotify value)
    {
        value = default;
        if (bytes.Length < AcrnAbiSpec.NotifyBytes)
            return AbiResult.BadLength;
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) != 0)
            return AbiResult.BadReserved;

        value = new AcrnIoreqNotify(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
        return AbiResult.Ok;
    }

    /// <summary>Writes it.</summary>
    public AbiResult Write(Span<byte> bytes)
    {
        if (bytes.Length < AcrnAbiSpec.NotifyBytes)
            return AbiResult.BadLength;

        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Vm);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Vcpu);
        return AbiResult.Ok;
    }
}
