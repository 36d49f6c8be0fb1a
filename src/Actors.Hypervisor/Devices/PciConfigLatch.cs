using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// PCI configuration address and data ports as the hypervisor sees them (acrn-io-path 7). One latch a VM: two vCPUs that interleave disturb each other, as on hardware.
/// <para>CF8, 4 bytes: a write sets the latch and then goes on to the HSM unchanged, whose own latch selects the function for CFC (1.8) - no function here belongs to the
/// hypervisor; a read is served from the latch, without the bits that it doesn't have (30:24, 1:0). Other sizes read ones and write nothing.</para>
/// <para>CFC-CFF: while the latch isn't enabled, and for misaligned accesses, reads are ones and writes are dropped, here; all else goes on to the HSM. Unlike ACRN's, the latch survives
/// an access of CFC, as on hardware.</para>
/// </summary>
internal sealed class PciConfigLatch : IPortHandler
{
    private const uint Enabled = 0x8000_0000;
    private const uint Reserved = 0x7F00_0003;

    private uint _address;

    /// <inheritdoc/>
    public string Name => "pci-config";

    /// <summary>What was written last, with the bits that don't read back: the HSM's latch has them.</summary>
    public uint Address => _address;

    /// <summary>Back to power-on.</summary>
    public void Reset() => _address = 0;

    /// <inheritdoc/>
    public EmulationResult Read(ushort port, int size, out uint value)
    {
        value = uint.MaxValue;
        if (port >= PlatformSpec.PciConfigDataPort)
            return DataGoesOn(port, size) ? EmulationResult.NotMine : EmulationResult.Done;

        if (size == 4)
            value = _address & ~Reserved;

        return EmulationResult.Done;
    }

    /// <inheritdoc/>
    public EmulationResult Write(ushort port, int size, uint value)
    {
        if (port >= PlatformSpec.PciConfigDataPort)
            return DataGoesOn(port, size) ? EmulationResult.NotMine : EmulationResult.Done;

        if (size != 4)
            return EmulationResult.Done;

        _address = value;
        return EmulationResult.NotMine;
    }

    private bool DataGoesOn(ushort port, int size) => (_address & Enabled) != 0 && (port & (size - 1)) == 0;
}
