using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What a device knows and its guest can't be asked for again, kept by the device's supervisor: with it and the used rings the next incarnation goes on.
/// Plain numbers in arrays of fixed length, so that it can be sent as it is; whoever restores from it believes nothing of it without looking.
/// <para>It is written at commit points, in place and without allocation, and not read off the device when that has crashed. A snapshot at the crash would show
/// whatever half of a change the exception left; the record shows the last whole one. Commit points are the end of each message, before anything that the
/// message caused leaves the device (what is lost on the way out is outstanding by the record, and said again), and each used chain, before its index is
/// published (see <see cref="IQueueJournal"/>). What a message did in between is undone by forgetting it: bytes in guest memory are written again the same.</para>
/// <para>Chains taken and not used are not in it. They come back in the order in which they were taken, so the used index says where the available ring is read on.</para>
/// </summary>
internal sealed class DeviceRecord
{
    /// <summary>Layout of what follows.</summary>
    public const int CurrentVersion = 2;

    /// <summary>Makes a record of a device with so many queues and ports.</summary>
    public DeviceRecord(int queues, int ports)
        : this(queues, ports, new PciRecord(), new ConsoleRecord())
    {
    }

    private DeviceRecord(int queues, int ports, PciRecord pci, ConsoleRecord console)
    {
        Pci = pci;
        Console = console;
        Queues = new QueueRecord[queues];
        Doorbells = new DoorbellRecord[queues];
        Ports = new PortRecord[ports];
    }

    /// <summary>Layout.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Whose record it is now: an incarnation with a lower number writes nothing here, nor anything else anywhere.</summary>
    public int Incarnation { get; set; }

    /// <summary>Used chains and answered accesses, ever.</summary>
    public long Progress { get; set; }

    /// <summary>Commits, ever: which of two records is the newer one.</summary>
    public long Commits { get; set; }

    /// <summary>Hears of each commit, when somebody else keeps records too.</summary>
    public Action<DeviceRecord>? Committed { get; set; }

    /// <summary>Bytes of output that the device has in hand beside those that the ports' parts speak of. Not stored in the record: it goes, and comes back, beside it.</summary>
    public long Ahead { get; set; }

    /// <summary>The VM's epoch.</summary>
    public uint Epoch { get; set; }

    /// <summary>Configuration space, BARs, MSI-X.</summary>
    public PciRecord Pci { get; }

    /// <summary>Status, features and selections.</summary>
    public TransportRecord Transport;

    /// <summary>One a queue.</summary>
    public QueueRecord[] Queues { get; }

    /// <summary>One a queue: its doorbell at the HSM.</summary>
    public DoorbellRecord[] Doorbells { get; }

    /// <summary>Id of the last request for a doorbell.</summary>
    public long LastDoorbellId { get; set; }

    /// <summary>Restarts of the HSM after which the doorbells were registered again.</summary>
    public int HsmIncarnation { get; set; }

    /// <summary>Device state of all ports together.</summary>
    public ConsoleRecord Console { get; }

    /// <summary>One a port.</summary>
    public PortRecord[] Ports { get; }

    /// <summary>What a device that isn't built in keeps of itself; empty: nothing.</summary>
    public byte[] Own { get; set; } = [];

    /// <summary>The last access of each vCPU, so that a repeated one is answered and not executed again.</summary>
    public AnswerRecord[] Answers { get; set; } = [];

    /// <summary>Version of the BARs' places.</summary>
    public ulong PlacesVersion { get; set; }

    /// <summary>Messages (MSI) sent in this epoch.</summary>
    public ulong MsiSequence { get; set; }

    /// <summary>Changes of the INTx pin.</summary>
    public uint IntxChange { get; set; }

    /// <summary>Changes of the INTx pin that the machine has seen.</summary>
    public uint IntxSeen { get; set; }

    /// <summary>Level of the INTx pin.</summary>
    public bool IsIntxAsserted { get; set; }

    /// <summary>What stands here now is whole.</summary>
    public void Commit()
    {
        Commits++;
        Committed?.Invoke(this);
    }

    /// <summary>The record as it is now; later commits don't change it.</summary>
    public DeviceRecord Copy()
    {
        var copy = new DeviceRecord(Queues.Length, Ports.Length, Pci.Copy(), Console.Copy()) { Version = Version, Transport = Transport };
        Queues.CopyTo(copy.Queues, 0);
        Ports.CopyTo(copy.Ports, 0);
        copy.TakeWiring(this);
        copy.Progress = Progress;
        copy.Own = Own;
        copy.Ahead = Ahead;
        return copy;
    }

    /// <summary>
    /// What is left when the device's own part is lost: what the machine's side knows as well. That is the PCI function as the machine routes to it (its places, its
    /// MSI-X table and which entry of it speaks of the device itself), the doorbells that the HSM has, and the numbers by which late and repeated messages are told
    /// apart. Gone are status, features, queues, and how far ports and their streams are: the guest sets these up again, the ports say where they are.
    /// </summary>
    public DeviceRecord Bereft()
    {
        var left = new DeviceRecord(Queues.Length, Ports.Length, Pci, new ConsoleRecord())
        {
            Transport = new TransportRecord
            {
                Status = VirtioSpec.StatusNeedsReset,
                ConfigVector = Transport.ConfigVector,
                Generation = (byte)(Transport.Generation + 1),
                Epoch = Transport.Epoch + 1,
            },
        };
        for (var i = 0; i < Queues.Length; i++)
        {
            left.Queues[i].Vector = VirtioPciSpec.NoVector;
            left.Queues[i].Doorbell = Queues[i].Doorbell;
        }

        for (var i = 0; i < Ports.Length; i++)
            left.Ports[i] = new PortRecord { IsPlugged = true, IsForgotten = true };
        left.TakeWiring(this);
        return left;
    }

    private void TakeWiring(DeviceRecord from)
    {
        Incarnation = from.Incarnation;
        Commits = from.Commits;
        Epoch = from.Epoch;
        from.Doorbells.CopyTo(Doorbells, 0);
        LastDoorbellId = from.LastDoorbellId;
        HsmIncarnation = from.HsmIncarnation;
        Answers = [.. from.Answers];
        PlacesVersion = from.PlacesVersion;
        MsiSequence = from.MsiSequence;
        IntxChange = from.IntxChange;
        IntxSeen = from.IntxSeen;
        IsIntxAsserted = from.IsIntxAsserted;
    }
}

/// <summary>A PCI function.</summary>
internal sealed class PciRecord
{
    /// <summary>Configuration space.</summary>
    public byte[] Config { get; set; } = [];

    /// <summary>The six base address registers.</summary>
    public BarRecord[] Bars { get; set; } = [];

    /// <summary>State of INTx.</summary>
    public IntxState Intx { get; set; }

    /// <summary>MSI-X table, 4 words an entry; empty while it is as after reset.</summary>
    public uint[] MsixWords { get; set; } = [];

    /// <summary>Pending bits; empty when there are none.</summary>
    public ulong[] MsixPending { get; set; } = [];

    /// <summary>As it is now.</summary>
    public PciRecord Copy() => new() { Config = [.. Config], Bars = [.. Bars], Intx = Intx, MsixWords = [.. MsixWords], MsixPending = [.. MsixPending] };
}

/// <summary>A base address register.</summary>
internal record struct BarRecord(ulong Assigned, ulong At, byte State, bool IsSizing);

/// <summary>What the transport's registers say.</summary>
internal record struct TransportRecord(
    byte Status,
    byte Session,
    byte Isr,
    byte Generation,
    ushort QueueSelect,
    ushort ConfigVector,
    ulong DriverFeatures,
    uint DeviceFeatureSelect,
    uint DriverFeatureSelect,
    bool FeaturesWritten,
    bool AcceptsUnknownFeatures,
    uint Epoch);

/// <summary>A queue: its registers, and its ring once it is set up.</summary>
internal struct QueueRecord
{
    /// <summary>queue_desc.</summary>
    public ulong Descriptors;

    /// <summary>queue_driver.</summary>
    public ulong Available;

    /// <summary>queue_device.</summary>
    public ulong Used;

    /// <summary>Where its doorbell is to be registered, or 0.</summary>
    public ulong Doorbell;

    /// <summary>Legacy page frame number.</summary>
    public uint Page;

    /// <summary>queue_size as written, or 0.</summary>
    public ushort Size;

    /// <summary>MSI-X vector.</summary>
    public ushort Vector;

    /// <summary>queue_enable.</summary>
    public bool IsEnabled;

    /// <summary>The ring as it was set up; its indices are in <see cref="UsedIndex"/>.</summary>
    public VirtqueueState Ring;

    /// <summary>Chains used.</summary>
    public ushort UsedIndex;
}

/// <summary>A doorbell at the HSM.</summary>
internal record struct DoorbellRecord(
    DoorbellRegistrations.Doorbell? Wanted,
    DoorbellRegistrations.Doorbell? Registered,
    DoorbellRegistrations.Doorbell InHand,
    long Id,
    bool IsRemoval,
    ulong Handled,
    ulong Acknowledged);

/// <summary>The console beside its ports.</summary>
internal sealed class ConsoleRecord
{
    /// <summary>DEVICE_READY came.</summary>
    public bool IsGuestReady { get; set; }

    /// <summary>Columns in the configuration.</summary>
    public ushort Cols { get; set; }

    /// <summary>Rows in the configuration.</summary>
    public ushort Rows { get; set; }

    /// <summary>Emergency writes sent.</summary>
    public long EmergencySent { get; set; }

    /// <summary>Emergency writes that port 0 has taken.</summary>
    public long EmergencyTaken { get; set; }

    /// <summary>Emergency writes dropped.</summary>
    public long EmergencyDropped { get; set; }

    /// <summary>The last <see cref="VirtioConsole.EmergencyWindow"/> of them; empty while there was none.</summary>
    public byte[] Emergency { get; set; } = [];

    /// <summary>As it is now.</summary>
    public ConsoleRecord Copy()
    {
        var copy = (ConsoleRecord)MemberwiseClone();
        copy.Emergency = [.. Emergency];
        return copy;
    }
}

/// <summary>What the device knows of a port.</summary>
internal record struct PortRecord(
    bool IsPlugged,
    bool IsHostOpen,
    bool IsOver,
    bool IsAnnounced,
    bool IsGuestReady,
    bool IsGuestOpen,
    bool HasSize,
    ushort Cols,
    ushort Rows,
    ControlEvents Pending,
    uint Epoch,
    uint OpenChange,
    long SentToNobody,
    long Transmitted,
    long Delivered,
    uint Grant,
    bool IsForgotten = false,
    long Sent = 0,
    int Granted = 0,
    uint CountsEpoch = 0,
    PortCounts Counts = default);

/// <summary>The answer to a vCPU's last access.</summary>
internal record struct AnswerRecord(ulong Sequence, ulong Value, bool IsDone, bool HasPlaces);
