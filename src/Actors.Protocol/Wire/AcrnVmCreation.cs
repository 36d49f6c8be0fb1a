using System.Buffers.Binary;

namespace Actors.Protocol;

/// <summary>acrn_vm_creation, the argument of ioctl CREATE_VM.</summary>
/// <param name="Vm">vmid, an answer.</param>
/// <param name="Vcpus">vcpu_num, an answer.</param>
/// <param name="UuidLow">First eight bytes of the uuid, as they stand in memory.</param>
/// <param name="UuidHigh">Last eight bytes of the uuid.</param>
/// <param name="Flags">Guest flags; bit 2 asks for completion polling.</param>
/// <param name="IoRequestBuffer">Address of the I/O request page.</param>
/// <param name="CpuAffinity">Bitmap of physical CPUs.</param>
public readonly record struct AcrnVmCreation(
    ushort Vm, ushort Vcpus, ulong UuidLow, ulong UuidHigh, ulong Flags, ulong IoRequestBuffer, ulong CpuAffinity)
{
    /// <summary>GUEST_FLAG_IO_COMPLETION_POLLING.</summary>
    public const ulong CompletionPollingFlag = 1 << 2;

    /// <summary>Reads one. Reserved fields that aren't 0 are refused, as the ioctl does.</summary>
    public static AbiResult TryRead(ReadOnlySpan<byte> bytes, out AcrnVmCreation value)
    {
        value = default;
        if (bytes.Length < AcrnAbiSpec.VmCreationBytes)
            return AbiResult.BadLength;
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != 0)
            return AbiResult.BadReserved;

        value = new AcrnVmCreation(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]));
        return AbiResult.Ok;
    }

    /// <summary>Writes it.</summary>
    public AbiResult Write(Span<byte> bytes)
    {
        if (bytes.Length < AcrnAbiSpec.VmCreationBytes)
            return AbiResult.BadLength;

        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Vm);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Vcpus);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], UuidLow);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], UuidHigh);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], IoRequestBuffer);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], CpuAffinity);
        return AbiResult.Ok;
    }
}
