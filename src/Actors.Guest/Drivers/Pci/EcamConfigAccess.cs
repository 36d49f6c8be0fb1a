using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The enhanced mechanism: 4 KiB of physical memory a function. One exit an access.</summary>
public sealed class EcamConfigAccess(GuestCpu cpu) : IPciConfigAccess
{
    /// <inheritdoc/>
    public async GuestTask<uint> Read(Bdf function, int register, int size) =>
        (uint)await cpu.Load(PlatformSpec.EcamBase + PciConfigAddress.Pack(function, register), size);

    /// <inheritdoc/>
    public async GuestTask Write(Bdf function, int register, int size, uint value) =>
        await cpu.Store(PlatformSpec.EcamBase + PciConfigAddress.Pack(function, register), size, value);
}
