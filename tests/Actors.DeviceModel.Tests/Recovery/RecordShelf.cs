using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Keeps a copy of every record that a device wrote, and gives after a crash which a test wants.</summary>
internal sealed class RecordShelf : RoomVariants, IDeviceRecordStore
{
    /// <summary>All copies, the newest last.</summary>
    public List<DeviceRecord> Copies { get; } = [];

    /// <summary>Chooses what is found; null: the newest.</summary>
    public Func<DeviceRecord, DeviceRecord?>? Choose { get; set; }

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => this as T;

    /// <inheritdoc/>
    public void Committed(VmId vm, Bdf function, DeviceRecord record) => Copies.Add(record.Copy());

    /// <inheritdoc/>
    public DeviceRecord? Find(VmId vm, Bdf function, DeviceRecord newest) => Choose is null ? newest : Choose(newest);
}
