using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Somebody outside the device model who keeps devices' records as bytes, so that they outlive its node. Where guest RAM is on another node they lie there, and come with the exchanges
///; this is for RAM that two device models of one process share (<see cref="RoomVariants"/>).
/// </summary>
internal interface IRecordKeeper
{
    /// <summary>A device wrote its record.</summary>
    void Keep(VmId vm, FencingToken fence, Bdf function, DeviceRecord record);

    /// <summary>The latest of them, as bytes; null when there is none.</summary>
    byte[]? Find(VmId vm, Bdf function);
}
