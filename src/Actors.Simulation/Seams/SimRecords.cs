using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Keeps copies of devices' records, so that a crash may find an old one, or none (F38). Only in the worlds of plans that ask for it: a copy a commit is dear.
/// </summary>
internal sealed class SimRecords(World world) : IDeviceRecordStore
{
    /// <summary>How old a record may be, in commits.</summary>
    public const int MaxAge = 64;

    private readonly Dictionary<(int Vm, int Device), DeviceRecord?[]> _kept = [];

    /// <inheritdoc/>
    public void Committed(VmId vm, Bdf function, DeviceRecord record)
    {
        if (!_kept.TryGetValue((vm.Value, function.RequesterId), out var copies))
            _kept.Add((vm.Value, function.RequesterId), copies = new DeviceRecord?[MaxAge + 1]);
        copies[record.Commits % copies.Length] = record.Copy();
    }

    /// <inheritdoc/>
    public DeviceRecord? Find(VmId vm, Bdf function, DeviceRecord newest)
    {
        var age = world.Faults.AgeOfRecord(vm, function);
        if (age == 0)
            return newest;
        if (age < 0 || !_kept.TryGetValue((vm.Value, function.RequesterId), out var copies))
            return null;
        for (var back = (int)Math.Min(age, MaxAge); back > 0; back--)
        {
            if (newest.Commits >= back && copies[(newest.Commits - back) % copies.Length] is { } copy && copy.Commits == newest.Commits - back)
                return copy;
        }

        return null;
    }
}

/// <summary>What the rooms find instead of their own parts: a flaw's, and the store of records where a plan asks for it.</summary>
internal sealed class SimVariants(RoomVariants? flaw, SimRecords records) : RoomVariants
{
    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => typeof(T) == typeof(IDeviceRecordStore) ? records as T : flaw?.Find<T>();
}
