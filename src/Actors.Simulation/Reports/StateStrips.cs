using System.Buffers.Binary;
using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>States over a run: slots, epochs, ring indices.</summary>
internal sealed class StateStrips
{
    private const int MaxPoints = 4000;

    private readonly SortedDictionary<(int Vm, int Vcpu), List<StatePoint>> _slots = [];
    private readonly SortedDictionary<int, List<StatePoint>> _epochs = [];

    /// <summary>Reads them from a trace.</summary>
    public StateStrips(TraceRecording trace)
    {
        var rings = new RingIndices();
        foreach (var recorded in trace.Events)
        {
            switch (recorded.Event)
            {
                case SlotStep { View: SlotView.Service, Owner: SlotOwner.Setup }:
                    break;
                case SlotStep step:
                    // Each edge is told once, by the side that takes it: together they are the slot's way.
                    Add(_slots, (step.Vm.Value, step.Vcpu), recorded.Moment, StateOf(step.To));
                    if (step.View == SlotView.Hypervisor && (!_epochs.TryGetValue(step.Vm.Value, out var epochs) || epochs[^1].Value != step.Epoch))
                        Add(_epochs, step.Vm.Value, recorded.Moment, step.Epoch);
                    break;
                case PathStep { Hop: PathHop.NotifyTx or PathHop.NotifyRx or PathHop.NotifyQueue } step:
                    rings.Notified(step.Vm.Value, (int)step.Detail);
                    break;
                case MemoryEvent access:
                    rings.Access(recorded.Moment, access, recorded.Data.AsSpan());
                    break;
            }
        }

        Rings = rings.Found(MaxPoints);
    }

    /// <summary>State of each vCPU's slot: 0 FREE, 1 PENDING, 2 PROCESSING, 3 COMPLETE.</summary>
    public IEnumerable<(string Name, List<StatePoint> Points)> Slots =>
        _slots.Select(pair => (string.Create(CultureInfo.InvariantCulture, $"slot vm-{pair.Key.Vm} vcpu-{pair.Key.Vcpu}"), Cut(pair.Value)));

    /// <summary>Epoch of each VM.</summary>
    public IEnumerable<(string Name, List<StatePoint> Points)> Epochs =>
        _epochs.Select(pair => (string.Create(CultureInfo.InvariantCulture, $"epoch vm-{pair.Key}"), Cut(pair.Value)));

    /// <summary>Indices of each ring.</summary>
    public IReadOnlyList<RingStrip> Rings { get; }

    private static int StateOf(IoRequestSlotState state) => state switch
    {
        IoRequestSlotState.Pending => 1,
        IoRequestSlotState.Processing => 2,
        IoRequestSlotState.Complete => 3,
        _ => 0,
    };

    private static List<StatePoint> Cut(List<StatePoint> points) => points.Count <= MaxPoints ? points : points[^MaxPoints..];

    private static void Add<TKey>(SortedDictionary<TKey, List<StatePoint>> strips, TKey key, in Moment moment, long value)
        where TKey : notnull
    {
        if (!strips.TryGetValue(key, out var points))
            strips.Add(key, points = []);
        points.Add(new StatePoint(moment.Step, moment.Ticks, value));
    }
}

/// <summary>A state that holds from a moment on.</summary>
internal readonly record struct StatePoint(long Step, long Ticks, long Value);

/// <summary>The indices of one ring.</summary>
internal sealed record RingStrip(string Name, List<StatePoint> Available, List<StatePoint> Used);

/// <summary>
/// Finds the indices of rings in the accesses to guest RAM, without knowing where the rings are: the available index is a 16-bit field that the guest only ever counts up and the device
/// reads, the used index one that the device counts up in the steps behind it. The event fields are like them, but stand a ring's length above.
/// </summary>
internal sealed class RingIndices
{
    private readonly Dictionary<(int Vm, ulong Address), Field> _fields = [];
    private int _vm = -1;
    private int _queue = -1;
    private Field? _read;

    /// <summary>A queue's notify runs: what is read next is its.</summary>
    public void Notified(int vm, int queue)
    {
        _vm = vm;
        _queue = queue;
    }

    /// <summary>An access.</summary>
    public void Access(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        if (access.Length != 2 || data.Length < 2 || access.IsRefused)
            return;
        var value = BinaryPrimitives.ReadUInt16LittleEndian(data);
        var key = (access.Vm.Value, access.Address);
        if (!_fields.TryGetValue(key, out var field))
            _fields.Add(key, field = new Field(access.Address, access.Vm.Value));
        if (access.IsWrite)
        {
            field.Write(moment, value, access.Who == MemoryUser.Device);
            if (access.Who == MemoryUser.Device)
                field.Partner ??= _read;
        }
        else if (access.Who == MemoryUser.Device)
        {
            field.IsReadByDevice = true;
            if (!field.IsGuests)
                return;
            if (field.Queue < 0 && _vm == access.Vm.Value && !_fields.Values.Any(other => other.Vm == _vm && other.Queue == _queue))
                field.Queue = _queue;
            _queue = -1;
            _vm = -1;
            _read = field;
        }
    }

    /// <summary>The rings that were found.</summary>
    public IReadOnlyList<RingStrip> Found(int most)
    {
        var counted = _fields.Values.Where(field => field.IsCounted).OrderBy(field => field.Vm).ThenBy(field => field.Address).ToList();
        var available = Without(counted.Where(field => field.IsGuests && field.IsReadByDevice), 2, 2);
        var used = Without(counted.Where(field => !field.IsGuests), 8, 2);
        return
        [
            .. available
                .Select(field => (Field: field, Used: UsedOf(field, available, used)))
                .OrderBy(pair => pair.Field.Vm).ThenBy(pair => pair.Field.Queue)
                .Select(pair => new RingStrip(
                    pair.Field.Queue < 0
                        ? string.Create(CultureInfo.InvariantCulture, $"ring 0x{pair.Field.Address:x}")
                        : string.Create(CultureInfo.InvariantCulture, $"queue {pair.Field.Queue} vm-{pair.Field.Vm}"),
                    Cut(pair.Field.Points, most),
                    pair.Used is null ? [] : Cut(pair.Used.Points, most))),
        ];
    }

    /// <summary>The used index of a ring: drivers put it behind the available one, before the next ring; else whichever was written after this ring was read.</summary>
    private static Field? UsedOf(Field available, List<Field> all, List<Field> used)
    {
        var next = all.Where(other => other.Vm == available.Vm && other.Address > available.Address).Select(other => other.Address).DefaultIfEmpty(ulong.MaxValue).Min();
        return used.Find(field => field.Vm == available.Vm && field.Address > available.Address && field.Address < next)
            ?? used.Find(field => field.Vm == available.Vm && field.Partner == available);
    }

    /// <summary>Fields without those that stand a ring of some power of two above another: the event fields.</summary>
    private static List<Field> Without(IEnumerable<Field> fields, int entryBytes, int indexBytes)
    {
        List<Field> all = [.. fields];
        return all.FindAll(field => !all.Exists(other => other.Vm == field.Vm && field.Address > other.Address
            && (field.Address - other.Address - (ulong)indexBytes) is var ring && ring % (ulong)entryBytes == 0
            && ulong.IsPow2(ring / (ulong)entryBytes) && ring / (ulong)entryBytes <= 32768));
    }

    private static List<StatePoint> Cut(List<StatePoint> points, int most) => points.Count <= most ? points : points[^most..];

    private sealed class Field(ulong address, int vm)
    {
        private ushort _last;
        private bool _isBroken;
        private long _total;

        public ulong Address { get; } = address;

        public int Vm { get; } = vm;

        public int Queue { get; set; } = -1;

        public bool IsReadByDevice { get; set; }

        public bool IsGuests { get; private set; }

        public Field? Partner { get; set; }

        public List<StatePoint> Points { get; } = [];

        /// <summary>Whether it was only ever counted up.</summary>
        public bool IsCounted => !_isBroken && Points.Count > 0 && _total > 0;

        public void Write(in Moment moment, ushort value, bool isDevice)
        {
            if (Points.Count == 0)
                IsGuests = !isDevice;
            else if (IsGuests == isDevice)
                _isBroken |= value != 0 || _last != 0;
            var step = (ushort)(value - _last);
            if (value == 0)
                step = 0;
            _isBroken |= step > 1024;
            _total = value == 0 ? 0 : _total + step;
            _last = value;
            Points.Add(new StatePoint(moment.Step, moment.Ticks, _total));
        }
    }
}
