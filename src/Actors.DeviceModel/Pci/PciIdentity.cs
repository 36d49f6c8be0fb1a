using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>The read-only identity of a function.</summary>
/// <param name="Vendor">Vendor id.</param>
/// <param name="Device">Device id.</param>
/// <param name="Revision">Revision.</param>
/// <param name="ClassCode">Base class 23:16, sub-class 15:8, programming interface 7:0.</param>
/// <param name="SubsystemVendor">Subsystem vendor id.</param>
/// <param name="Subsystem">Subsystem id.</param>
internal readonly record struct PciIdentity(ushort Vendor, ushort Device, byte Revision, uint ClassCode, ushort SubsystemVendor, ushort Subsystem);

/// <summary>A function's INTx pin and the global system interrupt that it is wired to; the latter is preset in the interrupt line register.</summary>
/// <param name="Pin">1-4 is A-D; 0 none.</param>
/// <param name="Gsi">Global system interrupt (<see cref="PlatformSpec.FirstPciGsi"/> and up).</param>
internal readonly record struct PciInterrupt(byte Pin, int Gsi);
