using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>A message-signalled interrupt, taken apart as INJECT_MSI does (acrn-io-path 2.7). Always edge.</summary>
internal readonly record struct MsiMessage(byte Vector, byte Destination, bool Logical, bool LowestPriority)
{
    /// <summary>False when the address isn't 0xFEExxxxx, or the delivery mode is neither fixed nor lowest priority.</summary>
    public static bool TryDecode(ulong address, uint data, out MsiMessage message)
    {
        message = default;
        if (address >> 20 != PlatformSpec.MsiAddressBase >> 20)
            return false;

        var mode = (int)(data >> 8) & 7;
        if (mode is not (LocalApicSpec.DeliveryFixed or LocalApicSpec.DeliveryLowestPriority))
            return false;

        // The redirection hint asks for one receiver, as lowest priority does.
        var hint = (address & (1 << 3)) != 0;
        message = new MsiMessage((byte)data, (byte)(address >> 12), (address & (1 << 2)) != 0, hint || mode == LocalApicSpec.DeliveryLowestPriority);
        return true;
    }
}
