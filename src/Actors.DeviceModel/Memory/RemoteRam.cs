using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>
/// RAM of a VM whose guest is on another node, as far as one can say something of it here: where RAM is. What devices read and write goes through
/// <see cref="RemoteGuestMemory"/>, which each device makes of this.
/// </summary>
/// <param name="vm">Whose RAM.</param>
/// <param name="bytes">Its size, a multiple of 4096.</param>
/// <param name="server">Who reaches it.</param>
/// <param name="fence">Of the VM's owner.</param>
/// <param name="life">Of the device model, among those with this token.</param>
internal sealed class RemoteRam(VmId vm, ulong bytes, IActorRef server, FencingToken fence, ulong life) : IGuestMemory
{
    private readonly ulong _lowBytes = Math.Min(bytes, VmLimits.LowRamEnd);
    private readonly ulong _highBytes = bytes - Math.Min(bytes, VmLimits.LowRamEnd);

    /// <summary>Whose.</summary>
    public VmId Vm => vm;

    /// <summary>Who reaches it.</summary>
    public IActorRef Server => server;

    /// <summary>Of the VM's owner.</summary>
    public FencingToken Fence => fence;

    /// <summary>Of the device model.</summary>
    public ulong Life => life;

    /// <inheritdoc/>
    public bool IsRam(ulong address, ulong length)
    {
        if (address < _lowBytes)
            return length <= _lowBytes - address;
        if (address < VmLimits.HighRamStart)
            return false;
        var inHigh = address - VmLimits.HighRamStart;
        return inHigh < _highBytes && length <= _highBytes - inHigh;
    }

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination) => false;

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

    /// <inheritdoc/>
    public bool TryReadUInt16(ulong address, out ushort value)
    {
        value = 0;
        return false;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt16(ulong address, ushort value) => false;

    /// <inheritdoc/>
    public bool TryReadUInt32(ulong address, out uint value)
    {
        value = 0;
        return false;
    }

    /// <inheritdoc/>
    public bool TryWriteUInt32(ulong address, uint value) => false;

    void IGuestMemory.Fence()
    {
    }
}
