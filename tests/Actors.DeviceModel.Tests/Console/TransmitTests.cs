using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Guest to backend: rows 73, 74, 77, 78, 80 and what lies between.</summary>
public sealed class TransmitTests
{
    private static ConsolePortSpec Port(PortPolicy? policy = null, BackendKind kind = BackendKind.Memory) => new("p", true, kind, Policy: policy);

    private static byte[] Bytes(int count, int seed = 1) => Enumerable.Range(0, count).Select(i => (byte)((i * 31) + seed)).ToArray();

    [Fact]
    public void Chains_of_a_kick_become_one_message_and_come_back_in_order_with_one_interrupt()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        rig.Interrupts.Clear();
        var before = rig.Messages;
        rig.Transmit(0, Bytes(10), Bytes(20), Bytes(30));
        rig.Run();

        Assert.Equal([.. Bytes(10), .. Bytes(20), .. Bytes(30)], rig.Ports[0].Backend.Written());
        Assert.Equal(2, rig.Messages - before);
        Assert.Equal([0U, 1U, 2U], rig.TakeUsed(1).Select(used => used.Head));
        Assert.Equal([(ushort)1], rig.Interrupts);
    }

    [Fact]
    public void A_chain_in_many_pieces_is_one_stream()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        var ring = rig.Rings[1];
        ring.Send([.. Enumerable.Range(0, 64).Select(i => ring.Out((byte)i))]);
        rig.Kick(1);
        rig.Run();
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (byte)i), rig.Ports[0].Backend.Written());
    }

    [Fact]
    public void A_chain_larger_than_the_window_goes_in_pieces()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        var ring = rig.Rings[1];
        var at = ring.Buffers;
        var content = Bytes(0x4_0000);
        rig.Memory.Poke(at, content);
        ring.Send([.. Enumerable.Repeat(new Part(at, (uint)content.Length, false), 10)]);
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        rig.Kick(1);
        rig.Run();
        Assert.Empty(rig.TakeUsed(1));
        Assert.Equal(VirtioConsole.WindowBytes, rig.Console.Port(0).Transmit.Sent);

        rig.Ports[0].Backend.ReleaseWrites();
        rig.Run();
        Assert.Equal(10 * content.Length, rig.Ports[0].Backend.WrittenCount);
        Assert.Single(rig.TakeUsed(1));
    }

    [Fact]
    public void Under_block_a_buffer_comes_back_only_when_the_backend_took_it()
    {
        var rig = new ConsoleRig(Port(PortPolicy.Block)).StartAndOpen();
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        rig.Transmit(0, Bytes(100), Bytes(50));
        rig.Run();
        Assert.Empty(rig.TakeUsed(1));

        rig.Ports[0].Backend.ScriptWrites(MemoryOutcome.Short(120), MemoryOutcome.WouldBlock);
        rig.Run();
        Assert.Equal([(0U, 0U)], rig.TakeUsed(1));

        rig.Ports[0].Backend.ReleaseWrites();
        rig.Run();
        Assert.Equal([(1U, 0U)], rig.TakeUsed(1));
        Assert.Equal(0, rig.Ports[0].Core.Report.Dropped);
    }

    [Fact]
    public void Row73_A_writable_buffer_emits_nothing_and_comes_back_in_its_turn()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        var ring = rig.Rings[1];
        ring.Send(ring.Out(1));
        ring.Send(ring.In(100));
        ring.Send(ring.Out(2), ring.In(1));
        ring.Send(new Part(ring.Allocate(1), 0, false));
        ring.Send(ring.Out(3));
        rig.Kick(1);
        rig.Run();

        Assert.Equal([1, 3], rig.Ports[0].Backend.Written());
        Assert.Equal([0U, 1U, 2U, 4U, 5U], rig.TakeUsed(1).Select(used => used.Head));
        Assert.Equal(2, rig.Console.Faults.CountOf(GuestFaultKind.WrongDirection));
    }

    [Fact]
    public void Row74_What_a_guest_sends_on_a_port_that_it_never_opened_goes_out()
    {
        var rig = new ConsoleRig(Port()).Start();
        rig.Transmit(0, "early"u8.ToArray());
        rig.Run();
        Assert.Equal("early"u8.ToArray(), rig.Ports[0].Backend.Written());
    }

    [Fact]
    public void Row77_An_emergency_write_goes_out_in_any_status()
    {
        var rig = new ConsoleRig(Port());
        rig.Console.WriteConfig(VirtioConsoleSpec.ConfigEmergencyWrite, [(byte)'!', 0, 0, 0]);
        rig.Console.WriteConfig(VirtioConsoleSpec.ConfigEmergencyWrite, [(byte)'?']);
        rig.Run();
        rig.Start();
        rig.Fail(new GuestFault(GuestFaultKind.HeadOutOfRange));
        rig.Console.WriteConfig(VirtioConsoleSpec.ConfigEmergencyWrite, [(byte)'.', 0]);
        rig.Run();

        Assert.Equal("!?."u8.ToArray(), rig.Ports[0].Backend.Written());
        Assert.Equal(3, rig.Ports[0].Core.Report.FromGuest);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 4)]
    [InlineData(9, 1)]
    public void A_write_to_the_rest_of_the_configuration_changes_nothing(int offset, int size)
    {
        var rig = new ConsoleRig(Port());
        rig.Console.WriteConfig(offset, new byte[] { 1, 2, 3, 4 }.AsSpan(0, size));
        rig.Run();
        Assert.Empty(rig.Ports[0].Backend.Written());
        Span<byte> config = stackalloc byte[12];
        rig.Console.ReadConfig(0, config);
        Assert.Equal([80, 0, 25, 0, 1, 0, 0, 0, 0, 0, 0, 0], config.ToArray());
    }

    [Fact]
    public void Row78_A_flood_of_emergency_writes_is_bounded_and_counted()
    {
        var rig = new ConsoleRig(Port());
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        for (var i = 0; i < 10_000; i++)
        {
            rig.Console.WriteConfig(VirtioConsoleSpec.ConfigEmergencyWrite, [(byte)i]);
            if (i % 100 == 0)
                rig.Run();
        }

        rig.Run();
        Assert.True(rig.MostMessages < 200);
        rig.Ports[0].Core.Close();
        var report = rig.Console.Complete(0, rig.Ports[0].Core.Report);
        Assert.Equal(10_000, report.FromGuest);
        Assert.Equal(10_000, report.Dropped);
        Assert.Equal(0, report.Written);
    }

    [Fact]
    public void Row78_A_flood_to_a_stalled_backend_fills_the_window_and_no_more()
    {
        var rig = new ConsoleRig(Port(PortPolicy.Block)).StartAndOpen();
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        for (var i = 0; i < 64; i++)
            rig.Transmit(0, Bytes(4096));
        for (var i = 0; i < 1000; i++)
            rig.Kick(1);
        rig.Run();

        Assert.True(rig.MostMessages < 200);
        Assert.Equal(64 * 4096, rig.Console.Port(0).Transmit.Sent);
        Assert.Empty(rig.TakeUsed(1));
    }

    [Fact]
    public void Row80_A_backend_that_takes_one_byte_gets_the_others_too()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        rig.Ports[0].Backend.ScriptWrites([.. Enumerable.Repeat(MemoryOutcome.Short(1), 4096)]);
        rig.Transmit(0, Bytes(4096));
        rig.Run();
        Assert.Equal(Bytes(4096), rig.Ports[0].Backend.Written());
        Assert.Single(rig.TakeUsed(1));
    }

    [Fact]
    public void A_failed_backend_gives_buffers_back_counts_their_bytes_and_closes_the_port()
    {
        var rig = new ConsoleRig(Port(PortPolicy.Block)).StartAndOpen();
        rig.TakeControl();
        rig.Ports[0].Backend.ScriptWrites(MemoryOutcome.Short(10), MemoryOutcome.Failed);
        rig.Transmit(0, Bytes(100));
        rig.Run();

        Assert.Single(rig.TakeUsed(1));
        var report = rig.Ports[0].Core.Report;
        Assert.Equal((100, 10, 90), (report.FromGuest, report.Written, report.Dropped));
        Assert.NotNull(report.LastError);
        Assert.Single(rig.Ports[0].Complaints);
        Assert.Equal(["0 OPEN 0"], rig.TakeControl());
        Assert.Equal([new PortDrop(10, 90, PortDropReason.BackendFailed)], rig.Ports[0].Core.Drops.Runs);
    }

    [Fact]
    public void A_full_disk_holds_everything_under_block_says_so_once_and_goes_on_when_there_is_room()
    {
        var rig = new ConsoleRig(Port(PortPolicy.Block)).StartAndOpen();
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.Full);
        rig.Transmit(0, Bytes(100));
        rig.Run();
        for (var i = 0; i < 5; i++)
        {
            Assert.True(rig.Ports[0].WaitsSecond);
            rig.Ports[0].SecondPasses();
        }

        Assert.Single(rig.Ports[0].Complaints);
        Assert.Empty(rig.TakeUsed(1));
        rig.Ports[0].Backend.ReleaseWrites();
        rig.Ports[0].SecondPasses();
        Assert.Equal(Bytes(100), rig.Ports[0].Backend.Written());
        Assert.Single(rig.TakeUsed(1));
    }

    [Fact]
    public void A_socket_without_a_client_buffers_the_latest_64_KiB_and_a_client_gets_them_first()
    {
        var rig = new ConsoleRig(Port(kind: BackendKind.Socket)).StartAndOpen();
        rig.TakeControl();
        rig.Ports[0].Backend.Disconnect();
        rig.Run();
        Assert.Equal(["0 OPEN 0"], rig.TakeControl());

        var sent = Bytes(100_000);
        foreach (var chunk in sent.Chunk(5000))
            rig.Transmit(0, chunk);
        rig.Run();
        Assert.Equal(20, rig.TakeUsed(1).Count);
        Assert.Equal(100_000 - 65536, rig.Ports[0].Core.Report.Dropped);
        Assert.Equal([new PortDrop(0, 100_000 - 65536, PortDropReason.BufferFull)], rig.Ports[0].Core.Drops.Runs);

        rig.Ports[0].Backend.Connect();
        rig.Run();
        rig.Transmit(0, [7]);
        rig.Run();
        Assert.Equal([.. sent.AsSpan(100_000 - 65536), 7], rig.Ports[0].Backend.Written());
        Assert.Equal(["0 OPEN 1"], rig.TakeControl());
    }

    [Fact]
    public void Bytes_on_their_way_when_the_guest_resets_are_dropped_and_counted_and_those_taken_stay()
    {
        var rig = new ConsoleRig(Port(PortPolicy.Block)).StartAndOpen();
        rig.Ports[0].Backend.ScriptWrites(MemoryOutcome.Short(30));
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        rig.Transmit(0, Bytes(100));
        rig.Run();
        rig.Reset();
        rig.StartAndOpen();
        rig.Ports[0].Backend.ReleaseWrites();
        rig.Transmit(0, [1, 2, 3]);
        rig.Run();

        Assert.Equal([.. Bytes(30), 1, 2, 3], rig.Ports[0].Backend.Written());
        Assert.Equal([new PortDrop(30, 70, PortDropReason.DeviceReset)], rig.Ports[0].Core.Drops.Runs);
        Assert.Single(rig.TakeUsed(1));
    }

    [Fact]
    public void An_answer_of_an_earlier_epoch_gives_no_buffer_back()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        rig.Transmit(0, Bytes(10));
        rig.Reset();
        rig.Start();
        rig.Run();
        Assert.Empty(rig.TakeUsed(1));
        Assert.True(rig.Console.Stale > 0);
        rig.Transmit(0, Bytes(5));
        rig.Run();
        Assert.Single(rig.TakeUsed(1));
    }

    [Fact]
    public void A_broken_ring_breaks_the_device_and_nothing_moves_afterwards()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        rig.Transmit(0, Bytes(10));
        rig.Rings[1].AvailableIndex += 1000;
        rig.Kick(1);
        Assert.Single(rig.Failures);
        var used = rig.Rings[1].UsedIndex;
        rig.Run();
        Assert.Equal(used, rig.Rings[1].UsedIndex);
    }

    [Fact]
    public void A_kick_is_asked_for_when_the_queue_is_empty_and_not_while_the_window_is_full()
    {
        var rig = new ConsoleRig(Port(PortPolicy.Block)).StartAndOpen();
        Assert.Equal(0, rig.Rings[1].UsedFlags);
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        var ring = rig.Rings[1];
        ring.Send([.. Enumerable.Repeat(new Part(ring.Buffers, 0x4_0000, false), 5)]);
        rig.Kick(1);
        Assert.Equal(VirtioSpec.UsedNoNotify, ring.UsedFlags);
        rig.Ports[0].Backend.ReleaseWrites();
        rig.Run();
        Assert.Equal(0, ring.UsedFlags);
    }

    [Fact]
    public void Nothing_is_outstanding_when_all_is_done()
    {
        var rig = new ConsoleRig(Port()).StartAndOpen();
        rig.OfferReceive(0, 4, 64);
        rig.Transmit(0, Bytes(10));
        rig.Run();
        Assert.False(rig.Console.Repeat());
        Assert.False(rig.Ports[0].Core.Repeat());
    }
}
