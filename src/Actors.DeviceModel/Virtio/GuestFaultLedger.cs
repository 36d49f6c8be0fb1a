namespace Actors.DeviceModel;

/// <summary>Counts a device's guest faults by kind, and lets the first few of each epoch, and few altogether, be reported.</summary>
internal sealed class GuestFaultLedger
{
    /// <summary>Reports between two resets of the device.</summary>
    public const int ReportsPerEpoch = 5;

    /// <summary>Reports until the machine is reset: a guest that resets its device again and again must not flood a log either.</summary>
    public const int Reports = 50;

    private static readonly int Kinds = Enum.GetValues<GuestFaultKind>().Length;

    private long[]? _counts;
    private int _reportedInEpoch;
    private int _reported;

    /// <summary>All faults so far.</summary>
    public long Total { get; private set; }

    /// <summary>Faults of one kind so far.</summary>
    public long CountOf(GuestFaultKind kind) => _counts is null ? 0 : _counts[(int)kind];

    /// <summary>Counts a fault; true when it should be reported.</summary>
    public bool Add(in GuestFault fault)
    {
        _counts ??= new long[Kinds];
        _counts[(int)fault.Kind]++;
        Total++;
        if (_reportedInEpoch == ReportsPerEpoch || _reported == Reports)
            return false;
        _reportedInEpoch++;
        _reported++;
        return true;
    }

    /// <summary>The device was reset: a new epoch may report again.</summary>
    public void BeginEpoch() => _reportedInEpoch = 0;

    /// <summary>The machine was reset. Counts stay.</summary>
    public void BeginMachineEpoch()
    {
        _reportedInEpoch = 0;
        _reported = 0;
    }
}
