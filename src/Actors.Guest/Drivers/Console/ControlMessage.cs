using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>A control message of a console (virtio 1.2 clause 5.3.6.2).</summary>
internal readonly record struct ControlMessage(uint Id, ushort Event, ushort Value)
{
    public static ControlMessage Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]));

    public void Write(IGuestMemory memory, ulong address)
    {
        Span<byte> bytes = stackalloc byte[VirtioConsoleSpec.ControlSize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Id);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Event);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], Value);
        memory.TryWrite(address, bytes);
    }
}
