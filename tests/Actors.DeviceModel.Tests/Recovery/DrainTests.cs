using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>A service node that leaves: what ports had accepted gets to the backends, what the guest offers from then on waits for the next service side.</summary>
public sealed class DrainTests
{
    private const int ChainBytes = 1000;

    private readonly CrashRig _rig = new CrashRig(
        isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory, Policy: PortPolicy.DefaultBuffer)).BringUp(eventIndex: true);

    [Fact]
    public void What_was_buffered_is_written_first_and_nothing_new_is_taken()
    {
        var accepted = Buffer(chains: 10);
        BeginDrain();
        var waiting = Send(chains: 3);
        Settle();
        Assert.Empty(_rig.TakeUsed(1));
        Assert.False(_rig.Device.IsDrained(isTimeOver: false));

        _rig.Ports[0].Backend.ReleaseWrites();
        Settle();
        _rig.Device.IsDrained(isTimeOver: false);
        Settle();
        Assert.True(_rig.Device.IsDrained(isTimeOver: false));
        Assert.Equal(accepted, _rig.Ports[0].Backend.Written());
        var origin = Origin();
        Assert.Equal((0L, 0L, (long)accepted.Length), (origin.Lost, origin.InDoubt, origin.Received));
        Assert.Equal(3 * ChainBytes, waiting.Length);
    }

    [Fact]
    public void When_the_time_is_over_what_was_not_written_is_a_number()
    {
        var accepted = Buffer(chains: 10);
        BeginDrain();
        Settle();
        Assert.False(_rig.Device.IsDrained(isTimeOver: true));
        Settle();
        Assert.True(_rig.Device.IsDrained(isTimeOver: true));
        Assert.Equal((long)accepted.Length, Origin().Lost);
    }

    [Fact]
    public void A_takeover_goes_on_with_what_waited()
    {
        var accepted = Buffer(chains: 10);
        BeginDrain();
        var waiting = Send(chains: 3);
        _rig.Ports[0].Backend.ReleaseWrites();
        Settle();
        _rig.Device.IsDrained(isTimeOver: false);
        Settle();
        Assert.True(_rig.Device.IsDrained(isTimeOver: false));

        _rig.NodeLost = () => true;
        _rig.Crash = _ => _rig.Moves == 0;
        _rig.Run();
        _rig.Settle();
        Assert.Equal([.. accepted, .. waiting], _rig.Ports[0].Backend.Written());
    }

    private byte[] Buffer(int chains)
    {
        _rig.Settle();
        _rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        var sent = Send(chains);
        _rig.Run();
        Assert.Equal(chains, _rig.TakeUsed(1).Count);
        Assert.Equal(0, _rig.Ports[0].Backend.WrittenCount);
        return sent;
    }

    private byte[] Send(int chains)
    {
        var all = new byte[chains * ChainBytes];
        new Random(chains).NextBytes(all);
        for (var i = 0; i < chains; i++)
            _rig.Rings[1].Send(_rig.Rings[1].Out(all[(i * ChainBytes)..((i + 1) * ChainBytes)]));
        _rig.Kick(1);
        return all;
    }

    private void BeginDrain()
    {
        _rig.Device.BeginDrain();
        _rig.Ports[0].Core.Drain();
    }

    private void Settle()
    {
        for (var i = 0; i < 4; i++)
            _rig.Tick();
    }

    private PortOrigin Origin()
    {
        var stored = _rig.Server.Read(new MemoryHop.ReadRecords(new VmId(1), new FencingToken(9))).Devices.Single();
        Assert.True(DeviceRecordCodec.TryRead(stored.Bytes.AsSpan(), out var record));
        record!.Ahead = stored.Ahead;
        return PortOrigin.Find(record, 0, position: null, 64 * 1024);
    }
}
