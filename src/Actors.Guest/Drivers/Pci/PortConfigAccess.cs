using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Configuration mechanism 1: address in port 0xCF8, data in 0xCFC-0xCFF. Two exits an access, conventional space only.</summary>
public sealed class PortConfigAccess(GuestCpu cpu) : IPciConfigAccess
{
    private const uint Enable = 0x8000_0000;

    /// <inheritdoc/>
    public async GuestTask<uint> Read(Bdf function, int register, int size)
    {
        if (register >= PciSpec.ConfigSize)
            return (uint)IoAccess.OnesOf(size);
        await cpu.Out(PlatformSpec.PciConfigAddressPort, 4, AddressOf(function, register));
        return (uint)await cpu.In(DataPortOf(register), size);
    }

    /// <inheritdoc/>
    public async GuestTask Write(Bdf function, int register, int size, uint value)
    {
        if (register >= PciSpec.ConfigSize)
            return;
        await cpu.Out(PlatformSpec.PciConfigAddressPort, 4, AddressOf(function, register));
        await cpu.Out(DataPortOf(register), size, value);
    }

    private static uint AddressOf(Bdf function, int register) => Enable | ((uint)function.RequesterId << 8) | (uint)(register & 0xFC);

    private static ushort DataPortOf(int register) => (ushort)(PlatformSpec.PciConfigDataPort + (register & 3));
}
