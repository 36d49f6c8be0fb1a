namespace Actors.Guest;

/// <summary>A capability's place and first four bytes.</summary>
/// <param name="Offset">In configuration space.</param>
/// <param name="Header">Bytes 0-3: id, next pointer, and two of the capability's own.</param>
public readonly record struct PciCapability(int Offset, uint Header)
{
    /// <summary>Capability id.</summary>
    public byte Id => (byte)Header;

    /// <summary>Bytes 2 and 3: message control of MSI-X, for one.</summary>
    public ushort Control => (ushort)(Header >> 16);

    /// <summary>Byte 3: cfg_type of a virtio capability.</summary>
    public byte Type => (byte)(Header >> 24);
}
