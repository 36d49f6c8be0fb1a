namespace Actors.Guest;

/// <summary>A range of device registers, in ports or in memory.</summary>
/// <param name="IsPort">True for ports.</param>
/// <param name="Base">First port or byte.</param>
/// <param name="Length">Bytes; 0 when the device hasn't got it.</param>
public readonly record struct RegisterWindow(bool IsPort, ulong Base, uint Length)
{
    /// <summary>True when an access lies inside.</summary>
    public bool Holds(int offset, int size) => (ulong)offset + (ulong)size <= Length;

    /// <summary>Reads a register.</summary>
    public IoAwaitable Read(GuestCpu cpu, int offset, int size) =>
        IsPort ? cpu.In((ushort)(Base + (uint)offset), size) : cpu.Load(Base + (uint)offset, size);

    /// <summary>Writes a register.</summary>
    public IoAwaitable Write(GuestCpu cpu, int offset, int size, uint value) =>
        IsPort ? cpu.Out((ushort)(Base + (uint)offset), size, value) : cpu.Store(Base + (uint)offset, size, value);
}
