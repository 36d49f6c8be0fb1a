using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// Ports 0xCF8 and 0xCFC-0xCFF of one VM (acrn-io-path 1.8): the address register stands here, an enabled data access becomes a configuration
/// access for the default client. The register is the VM's, not a vCPU's, as on hardware: guests lock.
/// </summary>
internal sealed class PciConfigPorts
{
    private const uint Enable = 0x8000_0000;
    private const int DataPorts = 4;

    /// <summary>The address register.</summary>
    public uint Address { get; private set; }

    /// <summary>What becomes of an access.</summary>
    public enum Outcome
    {
        /// <summary>Another port.</summary>
        NotMine,

        /// <summary>Finished; a read has its value.</summary>
        Completed,

        /// <summary>The access is a configuration access now.</summary>
        Converted,
    }

    /// <summary>Serves or converts a port access.</summary>
    public Outcome Handle(ref IoAccess access, out ulong value)
    {
        value = 0;
        if (access.Type != IoRequestType.PortIo)
            return Outcome.NotMine;

        if (access.Address == PlatformSpec.PciConfigAddressPort)
        {
            // Hardware decodes 4-byte accesses only. ACRN takes any size and warns at each, which lets a guest fill the log.
            if (access.Size != sizeof(uint))
                value = access.AllOnes;
            else if (access.IsWrite)
                Address = (uint)access.Value;
            else
                value = Address;
            return Outcome.Completed;
        }

        ulong offset = access.Address - PlatformSpec.PciConfigDataPort;
        if (offset >= DataPorts)
            return Outcome.NotMine;

        if ((Address & Enable) == 0)
        {
            value = access.AllOnes;
            return Outcome.Completed;
        }

        int register = (int)((Address & 0xFC) + ((Address >> 16) & 0xF00) + (uint)offset);
        var function = Bdf.FromRequesterId((ushort)(Address >> 8));
        access = access with { Type = IoRequestType.PciConfig, Address = PciConfigAddress.Pack(function, register) };
        return Outcome.Converted;
    }

    /// <summary>After a restart: what was there.</summary>
    public void Restore(uint address) => Address = address;

    /// <summary>A reset of the machine.</summary>
    public void Reset() => Address = 0;
}
