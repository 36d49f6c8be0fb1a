using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Somebody beside the supervisor who keeps devices' records (<see cref="RoomVariants"/>): a simulated world, which may have lost one or have an old one only. In
/// production there is none, and a record is where its device writes it.
/// </summary>
internal interface IDeviceRecordStore
{
    /// <summary>A device wrote its record; whoever wants to keep it as it is now copies it.</summary>
    void Committed(VmId vm, Bdf function, DeviceRecord record);

    /// <summary>A device crashed and is to go on: the record that is found, or null.</summary>
    /// <param name="vm">Whose device.</param>
    /// <param name="function">Which.</param>
    /// <param name="newest">The newest there was.</param>
    DeviceRecord? Find(VmId vm, Bdf function, DeviceRecord newest);
}
