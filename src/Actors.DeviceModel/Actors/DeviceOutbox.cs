namespace Actors.DeviceModel;

/// <summary>
/// What leaves a device in the course of one message, in order: it goes when the record says what it is about. So nobody hears of what a crash undoes. What a
/// crash keeps here is outstanding by the record, and said again.
/// </summary>
internal sealed class DeviceOutbox : IDeviceEffects
{
    private readonly List<Entry> _entries = new(4);
    private IDeviceEffects? _effects;

    private enum Kind : byte
    {
        Write,
        Grant,
        Emergency,
        Resume,
        Msi,
        Intx,
        Doorbell,
        Exchange,
        Wake,
        Failed,
    }

    /// <summary>Where effects go.</summary>
    public void Attach(IDeviceEffects effects) => _effects = effects;

    /// <summary>Lets everything go.</summary>
    public void Flush()
    {
        if (_entries.Count == 0)
            return;
        if (_effects is { } effects)
        {
            foreach (ref readonly var entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries))
                Send(effects, entry);
        }

        _entries.Clear();
    }

    /// <inheritdoc/>
    public void Send(int port, PortHop.Write write) => _entries.Add(new Entry(Kind.Write, port, write));

    /// <inheritdoc/>
    public void Send(int port, PortHop.Grant grant) => _entries.Add(new Entry(Kind.Grant, port, grant));

    /// <inheritdoc/>
    public void Send(int port, PortHop.Emergency emergency) => _entries.Add(new Entry(Kind.Emergency, port, emergency));

    /// <inheritdoc/>
    public void Send(int port, PortHop.Resume resume) => _entries.Add(new Entry(Kind.Resume, port, resume));

    /// <inheritdoc/>
    public void SendMsi(ulong sequence, ulong address, uint data) => _entries.Add(new Entry(Kind.Msi, (int)data, null, sequence, address));

    /// <inheritdoc/>
    public void SendIntx(uint change, bool isAsserted) => _entries.Add(new Entry(Kind.Intx, isAsserted ? 1 : 0, null, change));

    /// <inheritdoc/>
    public void Register(in DoorbellRegistrations.Request request) => _entries.Add(new Entry(Kind.Doorbell, 0, request));

    /// <inheritdoc/>
    public void Send(Actors.Protocol.MemoryHop.Exchange exchange) => _entries.Add(new Entry(Kind.Exchange, 0, exchange));

    /// <inheritdoc/>
    public void Wake(TimeSpan after) => _entries.Add(new Entry(Kind.Wake, 0, null, (ulong)after.Ticks));

    /// <inheritdoc/>
    public void Post(object what) => _effects?.Post(what);

    /// <inheritdoc/>
    public void Failed(string reason) => _entries.Add(new Entry(Kind.Failed, 0, reason));

    /// <inheritdoc/>
    public void Watch() => _effects?.Watch();

    /// <inheritdoc/>
    public void YieldTurn() => _effects?.YieldTurn();

    /// <inheritdoc/>
    public void Report(in GuestFault fault) => _effects?.Report(fault);

    private static void Send(IDeviceEffects effects, in Entry entry)
    {
        switch (entry.Kind)
        {
            case Kind.Write:
                effects.Send(entry.Number, (PortHop.Write)entry.Message!);
                break;
            case Kind.Grant:
                effects.Send(entry.Number, (PortHop.Grant)entry.Message!);
                break;
            case Kind.Emergency:
                effects.Send(entry.Number, (PortHop.Emergency)entry.Message!);
                break;
            case Kind.Resume:
                effects.Send(entry.Number, (PortHop.Resume)entry.Message!);
                break;
            case Kind.Msi:
                effects.SendMsi(entry.First, entry.Second, (uint)entry.Number);
                break;
            case Kind.Intx:
                effects.SendIntx((uint)entry.First, entry.Number != 0);
                break;
            case Kind.Exchange:
                effects.Send((Actors.Protocol.MemoryHop.Exchange)entry.Message!);
                break;
            case Kind.Wake:
                effects.Wake(TimeSpan.FromTicks((long)entry.First));
                break;
            case Kind.Failed:
                effects.Failed((string)entry.Message!);
                break;
            default:
                effects.Register((DoorbellRegistrations.Request)entry.Message!);
                break;
        }
    }

    private readonly record struct Entry(Kind Kind, int Number, object? Message, ulong First = 0, ulong Second = 0);
}
