using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>What a kick costs when the guest's RAM is on another node, counted in exchanges.</summary>
public sealed class RoundTripTests
{
    [Theory]
    [InlineData(1, 100, false)]
    [InlineData(1, 100, true)]
    [InlineData(10, 100, false)]
    [InlineData(10, 100, true)]
    [InlineData(64, 100, false)]
    [InlineData(64, 100, true)]
    [InlineData(64, 1000, true)]
    public void A_kick_costs_two_however_many_chains_it_announces(int chains, int bytes, bool eventIndex)
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex);
        rig.Settle();
        for (var round = 0; round < 5; round++)
        {
            var before = rig.Life.Memory!.Exchanges;
            var written = rig.Ports[0].Backend.WrittenCount;
            for (var i = 0; i < chains; i++)
                rig.Rings[1].Send(rig.Rings[1].Out(new byte[bytes]));
            rig.Kick(1);
            rig.Run();

            Assert.Equal(chains, rig.TakeUsed(1).Count);
            Assert.Equal(written + (chains * bytes), rig.Ports[0].Backend.WrittenCount);
            Assert.Equal(2UL, rig.Life.Memory!.Exchanges - before);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Input_costs_one_and_its_buffers_two_when_they_are_offered(bool eventIndex)
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex);
        for (var i = 0; i < 8; i++)
            rig.Rings[0].Send(rig.Rings[0].In(4096));
        rig.Kick(0);
        rig.Settle();
        var before = rig.Life.Memory!.Exchanges;

        rig.Ports[0].Backend.Feed(new byte[100]);
        rig.Run();

        Assert.Equal(100, rig.TakeUsed(0).Sum(used => used.Length));
        Assert.InRange(rig.Life.Memory!.Exchanges - before, 1UL, 2UL);
    }

    [Fact]
    public void A_kick_that_announces_nothing_costs_one_and_changes_nothing()
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: true);
        rig.Settle();
        var memory = rig.Memory.Ram.ToArray();
        var before = rig.Life.Memory!.Exchanges;
        rig.Device.Take(new DispatchHop.DoorbellSignal(new VmId(1), 1, (ulong)(rig.Device.Function.RequesterId << 16) + 2, 1));
        rig.Run();

        Assert.Equal(1UL, rig.Life.Memory!.Exchanges - before);
        Assert.True(memory.AsSpan().SequenceEqual(rig.Memory.Ram));
    }

    [Fact]
    public void A_chain_that_is_longer_than_an_answer_comes_in_parts()
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: true);
        rig.Settle();
        var bytes = new byte[300_000];
        new Random(3).NextBytes(bytes);
        var ring = rig.Rings[1];
        ring.Send(ring.Out(bytes[..100_000]), ring.Out(bytes[100_000..100_007]), ring.Out(bytes[100_007..]));
        rig.Kick(1);
        rig.Run();

        Assert.Equal(bytes, rig.Ports[0].Backend.Written());
        Assert.Single(rig.TakeUsed(1));
        Assert.InRange(rig.Life.Memory!.Exchanges, 5UL, 200UL);
        Assert.False(rig.Life.Memory!.IsOutstanding);
    }

    [Fact]
    public void An_exchange_is_sent_again_when_it_has_waited_for_a_whole_tick_and_not_before()
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: true);
        rig.Settle();
        Assert.Equal(0, rig.Life.Memory!.Repetitions);
        rig.Rings[1].Send(rig.Rings[1].Out(new byte[100]));
        rig.Kick(1);
        rig.Run(1);
        Assert.True(rig.Life.Memory!.IsOutstanding);

        rig.Device.Repeat();
        Assert.Equal(0, rig.Life.Memory!.Repetitions);
        rig.Device.Repeat();
        rig.Device.Repeat();
        Assert.Equal(2, rig.Life.Memory!.Repetitions);

        rig.Run();
        Assert.Single(rig.TakeUsed(1));
        Assert.Equal(100, rig.Ports[0].Backend.WrittenCount);
        Assert.Equal((2L, 2L), (rig.Server.Repeated, rig.Life.Memory!.Stale));
    }

    [Fact]
    public void Bulk_comes_as_much_at_a_time_as_an_answer_has_room_for()
    {
        const int Chain = 64 * 1024;
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: true);
        rig.Settle();
        var before = rig.Life.Memory!.Exchanges;
        for (var i = 0; i < 6; i++)
            rig.Rings[1].Send(rig.Rings[1].Out(new byte[Chain]));
        rig.Kick(1);
        rig.Run();

        Assert.Equal(6, rig.TakeUsed(1).Count);
        Assert.Equal(6 * Chain, rig.Ports[0].Backend.WrittenCount);

        // Two bring three chains each, one of them with used elements, one looks once more.
        Assert.InRange(rig.Life.Memory!.Exchanges - before, 3UL, 4UL);
    }

    [Fact]
    public void An_epoch_has_begun_when_whoever_takes_over_would_know()
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: true);
        rig.Settle();
        rig.Device.Reset(1);
        rig.Settle();

        Assert.Null(rig.Device.BeginEpoch(2));
        Assert.Null(rig.Device.BeginEpoch(2));
        Assert.Equal(1u, StoredEpoch());
        rig.Run();
        Assert.True(rig.Device.TryTakeHeld(out DeviceHop.EpochBegun begun));
        Assert.Equal((2u, 2u), (begun.Epoch, StoredEpoch()));
        Assert.NotNull(rig.Device.BeginEpoch(2));

        uint StoredEpoch() => rig.Server.Read(new MemoryHop.ReadRecords(new VmId(1), new FencingToken(1))).Devices.Single().Epoch;
    }

    [Fact]
    public void A_device_that_has_nothing_to_do_exchanges_nothing()
    {
        var rig = new CrashRig(isRemote: true, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: false);
        rig.Settle();
        var before = rig.Life.Memory!.Exchanges;
        rig.Settle();

        Assert.Equal(before, rig.Life.Memory!.Exchanges);
        Assert.False(rig.Life.Memory!.IsOutstanding);
    }
}
