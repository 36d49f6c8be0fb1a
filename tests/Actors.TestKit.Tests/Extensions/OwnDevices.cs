using System.Buffers;
using System.Buffers.Binary;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.TestKit.Tests;

/// <summary>Adds numbers in guest RAM: a list of 32-bit numbers, whose sum it writes behind them and says so by an interrupt.</summary>
internal sealed class AdderDevice(bool hasMsix = true) : OwnPciDevice(vendor: 0x1234, device: 0xADD0)
{
    public const uint Address = 0;
    public const uint Count = 8;
    public const uint Status = 12;
    public const uint Id = 0xADDE;
    public const uint Done = 1;
    public const uint Refused = 2;

    private ulong _address;
    private uint _status;

    public override IReadOnlyList<OwnBar> Bars => [new OwnBar(0, OwnBarSpace.Memory32, 0x1000), new OwnBar(2, OwnBarSpace.Io, 16)];

    public override int MsixVectors => hasMsix ? 2 : 0;

    protected override uint Read(int bar, uint offset, int size) => bar == 2 ? Id : offset == Status ? _status : 0;

    protected override void Write(int bar, uint offset, int size, uint value)
    {
        switch (offset)
        {
            case Address:
                _address = (_address & 0xFFFF_FFFF_0000_0000) | value;
                break;
            case Address + 4:
                _address = (uint)_address | ((ulong)value << 32);
                break;
            case Count:
                Finish(TryAdd(value) ? Done : Refused);
                break;
            case Status:
                _status &= ~value;
                SetIntx(_status != 0);
                break;
        }
    }

    protected override void OnReset() => (_address, _status) = (0, 0);

    private bool TryAdd(uint count)
    {
        if (count > 1024)
            return false;
        var bytes = new byte[4 * count];
        if (!ReadGuest(_address, bytes))
            return false;
        var sum = 0u;
        for (var at = 0; at < bytes.Length; at += 4)
            sum += BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes = new byte[4], sum);
        return WriteGuest(_address + (4 * count), bytes);
    }

    private void Finish(uint status)
    {
        _status |= status;
        if (!RaiseMsix(1))
            SetIntx(true);
    }
}

/// <summary>Counts the bytes of all requests, and answers each with the sum so far. What it counted is kept over a crash.</summary>
internal sealed class TallyDevice : OwnVirtioDevice
{
    public const ushort DeviceType = 42;

    private ulong _sum;
    private uint _factor = 1;

    public TallyDevice()
        : base(DeviceType, 16, 8)
    {
    }

    public override ulong Features => 1UL << 1;

    public override int ConfigLength => 8;

    /// <summary>Restores, ever, of all incarnations of a test.</summary>
    public Action<ulong>? Restored { get; init; }

    protected override void OnNotify(int queue)
    {
        Span<byte> bytes = stackalloc byte[64];
        Span<byte> answer = stackalloc byte[8];
        while (TryTake(queue, out var request))
        {
            for (int count; (count = request.Read(bytes)) > 0;)
                _sum += (ulong)count * _factor;
            BinaryPrimitives.WriteUInt64LittleEndian(answer, _sum);
            request.Write(answer);
            request.Complete();
        }
    }

    protected override void ReadConfig(int offset, Span<byte> destination)
    {
        Span<byte> config = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(config, _factor);
        config.Slice(offset, destination.Length).CopyTo(destination);
    }

    protected override void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        if (offset == 0 && source.Length == 4)
            _factor = BinaryPrimitives.ReadUInt32LittleEndian(source);
    }

    protected override void OnReset() => (_sum, _factor) = (0, 1);

    protected override void Save(IBufferWriter<byte> state)
    {
        var bytes = state.GetSpan(12);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _sum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], _factor);
        state.Advance(12);
    }

    protected override void Restore(ReadOnlySpan<byte> state)
    {
        _sum = BinaryPrimitives.ReadUInt64LittleEndian(state);
        _factor = BinaryPrimitives.ReadUInt32LittleEndian(state[8..]);
        Restored?.Invoke(_sum);
    }

    protected override IEnumerable<InspectNode> Inspect() => [InspectNode.Leaf("sum", _sum)];
}

/// <summary>Has input that comes from outside, as a network card: what it is signalled goes to the next request, or waits for one.</summary>
internal sealed class MailDevice() : OwnVirtioDevice(type: 43, 8)
{
    private readonly Queue<byte[]> _mail = new();

    /// <summary>Mail comes so late.</summary>
    public TimeSpan Delay { get; init; }

    protected override void OnSignal(object what)
    {
        _mail.Enqueue((byte[])what);
        if (Delay > TimeSpan.Zero)
            WakeAfter(Delay);
        else
            Deliver();
    }

    protected override void OnWake() => Deliver();

    protected override void OnNotify(int queue)
    {
        if (Delay == TimeSpan.Zero)
            Deliver();
    }

    private void Deliver()
    {
        while (_mail.Count > 0 && TryTake(0, out var request))
        {
            request.Write(_mail.Dequeue());
            request.Complete();
        }
    }
}

/// <summary>Throws where it is told to.</summary>
internal sealed class FailingFunction() : OwnPciDevice(vendor: 0x1234, device: 0xBAD0)
{
    private uint _value;

    public override IReadOnlyList<OwnBar> Bars => [new OwnBar(0, OwnBarSpace.Memory64, 0x1000)];

    protected override uint Read(int bar, uint offset, int size) => offset == 4 ? throw new NotSupportedException("register 4 isn't done yet") : _value;

    protected override void Write(int bar, uint offset, int size, uint value) => _value = offset == 4 ? throw new NotSupportedException("register 4 isn't done yet") : value;

    protected override void OnReset() => _value = 0;
}

/// <summary>Throws at a request whose first byte is '!'; echoes the others.</summary>
internal sealed class FailingVirtio() : OwnVirtioDevice(type: 44, 8)
{
    protected override void OnNotify(int queue)
    {
        while (TryTake(queue, out var request))
        {
            var bytes = new byte[16];
            var count = request.Read(bytes);
            if (bytes[0] == '!')
                throw new InvalidOperationException("no '!', please");
            request.Write(bytes.AsSpan(0, count));
            request.Complete();
        }
    }
}
