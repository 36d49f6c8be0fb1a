namespace Actors.DeviceModel;

/// <summary>
/// A PCI function of a user's own. It says who it is and which BARs it has; configuration space, BAR sizing and decoding, MSI-X and INTx are the emulator's. The guest finds it where the machine's
/// description puts it. It reaches guest RAM as every device does, while its driver lets it master the bus. What holds for all such devices is said at <see cref="OwnDevice"/>.
/// </summary>
public abstract class OwnPciDevice : OwnDevice
{
    /// <summary>Most bytes of guest RAM that one access reaches.</summary>
    public const int MaxTransferBytes = 1 << 20;

    /// <summary>Makes a device.</summary>
    /// <param name="vendor">Vendor id, not 0 or 0xFFFF: then no guest would find it.</param>
    /// <param name="device">Device id.</param>
    /// <param name="classCode">Base class 23:16, sub-class 15:8, programming interface 7:0; 0xFF0000 is a device that fits no class.</param>
    protected OwnPciDevice(ushort vendor, ushort device, uint classCode = 0xFF_00_00)
    {
        Vendor = vendor;
        Device = device;
        ClassCode = classCode;
    }

    /// <summary>Vendor id.</summary>
    public ushort Vendor { get; }

    /// <summary>Device id.</summary>
    public ushort Device { get; }

    /// <summary>Base class 23:16, sub-class 15:8, programming interface 7:0.</summary>
    public uint ClassCode { get; }

    /// <summary>Revision id.</summary>
    public virtual byte Revision => 0;

    /// <summary>Subsystem vendor id.</summary>
    public virtual ushort SubsystemVendor => Vendor;

    /// <summary>Subsystem id.</summary>
    public virtual ushort Subsystem => 0;

    /// <summary>The BARs; one register must be left when there is MSI-X, whose table has a BAR of its own, the first that is free.</summary>
    public virtual IReadOnlyList<OwnBar> Bars => [];

    /// <summary>MSI-X vectors, 0 to 2048; 0: INTx only.</summary>
    public virtual int MsixVectors => 0;

    /// <summary>True while the driver has bus mastering on: only then RAM can be reached and messages are sent.</summary>
    protected bool IsBusMaster => Of(InTurn()).Function.IsBusMaster;

    /// <summary>True while the driver has MSI-X on; then INTx is not used.</summary>
    protected bool IsMsixEnabled => Of(InTurn()).Function.IsMsixEnabled;

    /// <summary>The guest reads a BAR. What it gets is cut to the size of the access.</summary>
    /// <param name="bar">Index of the BAR.</param>
    /// <param name="offset">Offset in it, in bytes; the access lies within the BAR.</param>
    /// <param name="size">Bytes: 1, 2 or 4. An access of 8 comes as two of 4, low first.</param>
    protected abstract uint Read(int bar, uint offset, int size);

    /// <summary>The guest writes a BAR.</summary>
    /// <param name="bar">Index of the BAR.</param>
    /// <param name="offset">Offset in it, in bytes; the access lies within the BAR.</param>
    /// <param name="size">Bytes: 1, 2 or 4. An access of 8 comes as two of 4, low first.</param>
    /// <param name="value">The value, zero-extended.</param>
    protected abstract void Write(int bar, uint offset, int size, uint value);

    /// <summary>Reads guest RAM. False, and nothing is read: no bus master, not wholly in RAM, or more than <see cref="MaxTransferBytes"/>.</summary>
    /// <param name="address">Guest-physical address.</param>
    /// <param name="destination">Where to.</param>
    protected bool ReadGuest(ulong address, Span<byte> destination)
    {
        var core = Of(InTurn());
        return core.MayReach(destination.Length) && core.Memory.TryRead(address, destination);
    }

    /// <summary>Writes guest RAM. False, and nothing is written: no bus master, not wholly in RAM, or more than <see cref="MaxTransferBytes"/>.</summary>
    /// <param name="address">Guest-physical address.</param>
    /// <param name="source">What.</param>
    protected bool WriteGuest(ulong address, ReadOnlySpan<byte> source)
    {
        var core = Of(InTurn());
        return core.MayReach(source.Length) && core.Memory.TryWrite(address, source);
    }

    /// <summary>
    /// Sends an MSI-X message, when what the device has written so far is to be seen; while it is masked it stays pending. False, and nothing is kept: the driver has MSI-X off, or there is no such
    /// vector (PCI 3.0 clause 6.8.2).
    /// </summary>
    /// <param name="vector">Entry of the table, from 0.</param>
    protected bool RaiseMsix(int vector) => Of(InTurn()).Function.Msix is { } msix && msix.Raise(vector);

    /// <summary>Wants service by its INTx pin, or doesn't any more. A level: the driver must have a register by which it says that it has served the device. While MSI-X is on, or the driver has INTx disabled, it waits.</summary>
    /// <param name="isAsserted">The wish.</param>
    protected void SetIntx(bool isAsserted) => Of(InTurn()).Function.SetPin(isAsserted);

    internal uint CallRead(int bar, uint offset, int size) => Read(bar, offset, size);

    internal void CallWrite(int bar, uint offset, int size, uint value) => Write(bar, offset, size, value);

    private static OwnPciCore Of(OwnDeviceCore core) => (OwnPciCore)core;
}
