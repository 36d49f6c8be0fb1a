using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What outlives the incarnations of a device's actor, and makes them: the record, the ports, and how often it was restarted. Belongs to the VM's actor, which supervises.
/// </summary>
internal sealed class DeviceLife
{
    private const ulong SkippedMessages = 4096;

    private readonly VmSpec _spec;
    private readonly IDeviceSpec _device;
    private readonly DeviceCatalog _devices;
    private readonly IGuestMemory _memory;
    private readonly RemoteGuestMemory? _remote;
    private readonly PciInterrupt _interrupt;
    private readonly RoomServices _services;
    private readonly IDeviceRecordStore? _store;
    private RestartBudget _budget;
    private MountedDevice? _made;

    /// <summary>Makes the device's first incarnation.</summary>
    public DeviceLife(VmSpec spec, IDeviceSpec device, DeviceCatalog devices, uint epoch, IGuestMemory memory, PciInterrupt interrupt, OpenPort[] open, RoomServices services)
    {
        _spec = spec;
        _device = device;
        _devices = devices;
        _remote = memory is RemoteRam ram ? new RemoteGuestMemory(ram, device.Function) : null;
        _memory = _remote ?? memory;
        _interrupt = interrupt;
        _services = services;
        Open = open;
        _store = services.Variants?.Find<IDeviceRecordStore>();
        var core = MakeCore();
        Record = new DeviceRecord(core.QueueCount, open.Length);
        Attach();
        _made = Mount(core, epoch);
    }

    /// <summary>
    /// Makes the next incarnation of a device whose node is lost. A record that can't be of such a device is as good as none: then the device asks its driver for a reset, and
    /// <see cref="Loss"/> says so.
    /// </summary>
    /// <param name="spec">The machine.</param>
    /// <param name="device">The device.</param>
    /// <param name="devices">What devices are made of.</param>
    /// <param name="epoch">The VM's epoch.</param>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="interrupt">The INTx pin.</param>
    /// <param name="open">The ports, opened for the same record.</param>
    /// <param name="record">What was kept elsewhere; null when that is no record.</param>
    /// <param name="allocator">Places of BARs, for a device without a record.</param>
    /// <param name="services">What every actor of a node gets.</param>
    /// <param name="fence">Of the service side.</param>
    public DeviceLife(
        VmSpec spec, IDeviceSpec device, DeviceCatalog devices, uint epoch, IGuestMemory memory, PciInterrupt interrupt, OpenPort[] open, DeviceRecord? record, PciBarAllocator allocator, RoomServices services, FencingToken fence)
        : this(spec, device, devices, epoch, memory, interrupt, open, services)
    {
        IsAdopted = true;
        Fence = fence;
        Record.Committed = null;

        // A powered-on device takes its places in any case, so that every device of the machine gets the same ones as when it was made.
        _made!.PowerOn(allocator);
        _remote?.Begin();
        Loss = null;
        if (record is not null)
        {
            var powered = Record;
            Record = record;
            Record.Incarnation++;
            Record.MsiSequence += SkippedMessages;
            Attach();
            _made = Mount(MakeCore(), record.Epoch);
            if (_made.TryRestore())
                return;
            Record = powered;
        }

        Loss = $"the record of device {device.Function} is damaged; it needs a reset by its driver";
        Record = Record.Bereft();
        Record.Incarnation++;
        _remote?.Begin();
        Attach();
        _made = Mount(MakeCore(), epoch);
        if (!_made.TryRestore())
            throw new InvalidOperationException("a fresh record is damaged");
    }

    /// <summary>Of the service side that the device belongs to.</summary>
    public FencingToken Fence { get; init; }

    /// <summary>True for a device that another node had before.</summary>
    public bool IsAdopted { get; }

    /// <summary>Where BARs decode, of a device that was made from a record.</summary>
    public BarPlaces Places => _made!.RestoredPlaces;

    /// <summary>What a crash doesn't lose.</summary>
    public DeviceRecord Record { get; private set; }

    /// <summary>What the latest incarnation misses of its predecessor's record, in a sentence; null when nothing.</summary>
    public string? Loss { get; private set; }

    /// <summary>The way to the guest's RAM, when that is on another node.</summary>
    public RemoteGuestMemory? Memory => _remote;

    /// <summary>The ports' backends and what became of their bytes.</summary>
    public OpenPort[] Open { get; }

    /// <summary>Why the device can't go on, when one of its ports can't.</summary>
    public string? Failure { get; set; }

    /// <summary>The device's places when it was made.</summary>
    public BarPlaces PowerOn(PciBarAllocator allocator) => _made!.PowerOn(allocator);

    /// <summary>The device for a new incarnation of its actor: at first the one that was powered on, then one made from the record, which is its alone from now on.</summary>
    public MountedDevice Incarnate()
    {
        if (_made is { } first)
        {
            _made = null;
            return first;
        }

        Record.Incarnation++;
        _remote?.Begin();
        FindRecord();
        var next = Mount(MakeCore(), Record.Epoch);
        return next.TryRestore() ? next : throw new InvalidOperationException("its record is damaged");
    }

    /// <summary>The actor crashed; false when it did so too often.</summary>
    public bool TryRestart() => _budget.TrySpend(Record.Progress);

    /// <summary>What became of the ports' bytes, when the device is gone without having said it.</summary>
    public ImmutableArray<PortReport> Reports(string failure)
    {
        var reports = ImmutableArray.CreateBuilder<PortReport>(Open.Length);
        for (var i = 0; i < Open.Length; i++)
        {
            var lost = Record.Ports[i].SentToNobody + (i == 0 ? Record.Console.EmergencyDropped : 0);
            var report = Open[i].Report;
            reports.Add(report with { FromGuest = report.FromGuest + lost, Dropped = report.Dropped + lost, LastError = report.LastError ?? failure });
        }

        return reports.MoveToImmutable();
    }

    /// <summary>
    /// Only the newest commit may be gone on from: with an older one the device would use chains again that its guest has back. So an older one is as good as none.
    /// </summary>
    private void FindRecord()
    {
        Loss = null;
        if (_store is null)
            return;
        var newest = Record;
        var found = _store.Find(_spec.Vm, _device.Function, newest);
        if (found?.Commits == newest.Commits)
            return;
        Loss = (found is null
            ? $"its record is lost, with {newest.Progress} chains and accesses that were done"
            : $"its record is {newest.Commits - found.Commits} commits old, {newest.Progress - found.Progress} chains and accesses were done since")
            + "; it needs a reset by its driver";
        Record = newest.Bereft();
        Attach();
    }

    private void Attach()
    {
        if (_store is { } store)
            Record.Committed = record => store.Committed(_spec.Vm, _device.Function, record);
        if (_services.Variants?.Find<IRecordKeeper>() is { } keeper)
            Record.Committed += record => keeper.Keep(_spec.Vm, Fence, _device.Function, record);
    }

    private DeviceCore MakeCore()
    {
        Span<bool> isOpen = stackalloc bool[VirtioConsoleSpec.MaxPorts];
        for (var i = 0; i < Open.Length; i++)
            isOpen[i] = Open[i].WasConnected;
        return _devices.Make(_spec.Vm, _device, isOpen[..Open.Length], _services.Trace);
    }

    private MountedDevice Mount(DeviceCore core, uint epoch) =>
        new(_spec, _device, core, epoch, _memory, _interrupt, _services.Trace, _services.Crashes, Record, _services.Variants?.Find<DeviceModelParts>());
}
