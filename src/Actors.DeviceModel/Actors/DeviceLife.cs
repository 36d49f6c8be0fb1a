using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// What outlives the incarnations of a device's actor, and makes them: the record, the ports, and how often it was restarted. Belongs to the VM's actor, which supervises.
/// </summary>
internal sealed class DeviceLife
{
    private readonly VmSpec _spec;
    private readonly ConsoleDeviceSpec _device;
    private readonly IGuestMemory _memory;
    private readonly RemoteGuestMemory? _remote;
    private readonly PciInterrupt _interrupt;
    private readonly RoomServices _services;
    private readonly IDeviceRecordStore? _store;
    private RestartBudget _budget;
    private ConsoleDevice? _made;

    /// <summary>Makes the device's first incarnation.</summary>
    public DeviceLife(VmSpec spec, ConsoleDeviceSpec device, uint epoch, IGuestMemory memory, PciInterrupt interrupt, OpenPort[] open, RoomServices services)
    {
        _spec = spec;
        _device = device;
        _remote = memory is RemoteRam ram ? new RemoteGuestMemory(ram, device.Function) : null;
        _memory = _remote ?? memory;
        _interrupt = interrupt;
        _services = services;
        Open = open;
        _store = services.Variants?.Find<IDeviceRecordStore>();
        Record = new DeviceRecord(VirtioConsoleSpec.QueueCount(device.Ports.Length, multiport: true), device.Ports.Length);
        Attach();
        _made = Make(epoch);
    }

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
    public ConsoleDevice Incarnate()
    {
        if (_made is { } first)
        {
            _made = null;
            return first;
        }

        Record.Incarnation++;
        _remote?.Begin();
        FindRecord();
        var next = Make(Record.Epoch);
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
    }

    private ConsoleDevice Make(uint epoch)
    {
        Span<bool> isOpen = stackalloc bool[VirtioConsoleSpec.MaxPorts];
        for (var i = 0; i < Open.Length; i++)
            isOpen[i] = Open[i].WasConnected;
        return new ConsoleDevice(_spec, _device, epoch, isOpen[..Open.Length], _memory, _interrupt, _services.Trace, _services.Crashes, Record, _services.Variants?.Find<DeviceModelParts>());
    }
}
