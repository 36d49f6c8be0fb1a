using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Where a port goes on whose node is lost: found from the device's record, which has what the port last told, and from the backend where that knows how much it has.
/// Whatever is not certain is a number here, to be told to a person.
/// </summary>
/// <param name="Epoch">Of the port.</param>
/// <param name="EpochStart">Position at which the epoch began.</param>
/// <param name="Received">Of the epoch's stream: what is done with. The device sends from the first buffer that its guest doesn't have back, and the port skips up to here.</param>
/// <param name="Written">Bytes that the backend has.</param>
/// <param name="Dropped">Bytes dropped before.</param>
/// <param name="Lost">Bytes whose buffers the guest has back and that the backend doesn't have: those of a buffer that is gone.</param>
/// <param name="EmergencyTaken">Emergency writes taken.</param>
/// <param name="EmergenciesLost">Those of them that nobody has any more.</param>
/// <param name="InDoubt">Bytes that may come a second time: the backend can't say whether it has them, or the record is older than what a policy dropped.</param>
/// <param name="InputInDoubt">Bytes of input that may have been read and not have reached the guest, at most.</param>
/// <param name="Grant">Latest grant.</param>
/// <param name="Delivered">Position before which the guest has all input.</param>
/// <param name="OpenChange">Latest change of the open state that the device knows.</param>
/// <param name="WasOpen">That state.</param>
/// <param name="Missing">Bytes that the backend took and doesn't have.</param>
internal readonly record struct PortOrigin(
    uint Epoch,
    long EpochStart,
    long Received,
    long Written,
    long Dropped,
    long Lost,
    long EmergencyTaken,
    long EmergenciesLost,
    long InDoubt,
    int InputInDoubt,
    uint Grant,
    long Delivered,
    uint OpenChange,
    bool WasOpen,
    long Missing)
{
    /// <summary>What a person should know of the takeover, in a sentence; null when nothing was lost and nothing is in doubt.</summary>
    public string? Describe(ConsolePortSpec spec)
    {
        var parts = new List<string>(3);
        if (Lost + EmergenciesLost > 0)
            parts.Add($"{Lost + EmergenciesLost} bytes that were buffered at the lost node did not reach the backend");
        if (Missing > 0)
            parts.Add($"the backend has {Missing} bytes less than it took, and begins anew");
        if (InDoubt > 0)
            parts.Add($"up to {InDoubt} bytes may have reached the backend twice");
        if (InputInDoubt > 0 && spec.Backend != BackendKind.File)
            parts.Add($"up to {InputInDoubt} bytes of input may have been read there and not have reached the guest");
        return parts.Count == 0 ? null : $"port '{spec.Name}': {string.Join("; ", parts)}";
    }

    /// <summary>Finds it.</summary>
    /// <param name="record">The device's record.</param>
    /// <param name="index">Which port.</param>
    /// <param name="position">What the backend says of itself; null when it can't.</param>
    /// <param name="room">Bytes that the policy lets be under way without dropping one.</param>
    public static PortOrigin Find(DeviceRecord record, int index, long? position, long room = long.MaxValue)
    {
        ref readonly var port = ref record.Ports[index];
        var counts = port.Counts;

        // A stream whose beginning isn't known is this machine's alone if it has no more than was sent. One that has less than it took is not the one that it was.
        var at = counts.At >= 0 ? counts.At : position <= Math.Max(port.Sent, port.Transmitted) ? 0 : -1;
        var missing = position < at ? at - position.Value : 0;
        position = missing > 0 || at < 0 ? null : position;
        var moved = position - at ?? 0;
        var written = counts.Written + moved;

        // Emergency writes go ahead of everything, so what the backend got last begins with those that were outstanding.
        var emergencies = index == 0 ? Math.Clamp(moved, 0, Math.Max(0, record.Console.EmergencySent - counts.EmergenciesDone)) : 0;
        var emergencyTaken = counts.EmergenciesDone + emergencies;
        var front = counts.Front + moved - emergencies;

        // A port that has not said that it is in the epoch may have nothing of it: its buffers are still the guest's, and are read again.
        var isTold = port.CountsEpoch == port.Epoch && !port.IsForgotten;
        var start = isTold ? counts.EpochStart : Math.Max(front, counts.Accepted);
        var done = isTold ? front - start : port.Transmitted - (start - front);
        var sent = Math.Max(Math.Max(port.Sent, port.Transmitted), done);

        // Where bytes may have been dropped since, what the backend got can be any of those under way: none is sent a second time, and what it didn't get is lost.
        var isCertain = moved == emergencies || (isTold && start + sent - counts.Front <= room) || room == long.MaxValue;
        var received = isCertain ? Math.Max(done, port.Transmitted) : sent;
        return new PortOrigin(
            Math.Max(1, port.Epoch),
            start,
            received,
            written,
            counts.Dropped,
            received - done,
            index == 0 ? Math.Max(emergencyTaken, record.Console.EmergencyTaken) : 0,
            index == 0 ? Math.Max(0, record.Console.EmergencyTaken - emergencyTaken) : 0,
            position is null || !isTold ? sent - received + record.Ahead : room == long.MaxValue ? 0 : moved - emergencies,
            port.Granted,
            port.Grant,
            port.Delivered,
            port.OpenChange,
            port.IsHostOpen,
            missing);
    }
}
