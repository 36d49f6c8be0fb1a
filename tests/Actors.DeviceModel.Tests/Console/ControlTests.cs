using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Control messages in both directions: rows 66-72, 75, 76, 81 of the behaviour table.</summary>
public sealed class ControlTests
{
    private static readonly ConsolePortSpec Hvc = new("hvc", true, BackendKind.Memory);
    private static readonly ConsolePortSpec Data = new("data", false, BackendKind.Memory);

    [Fact]
    public void A_driver_that_is_ready_hears_of_every_port_and_then_what_each_is()
    {
        var rig = new ConsoleRig(Hvc, Data).Start();
        rig.OfferControl(16);

        rig.SendControl(VirtioConsoleSpec.BadId, VirtioConsoleSpec.DeviceReady, 1);
        Assert.Equal(["0 ADD", "1 ADD"], rig.TakeControl());

        rig.SendControl(0, VirtioConsoleSpec.PortReady, 1);
        Assert.Equal(["0 CONSOLE", "0 NAME hvc", "0 OPEN 1"], rig.TakeControl());

        rig.SendControl(1, VirtioConsoleSpec.PortReady, 1);
        Assert.Equal(["1 NAME data", "1 OPEN 1"], rig.TakeControl());
    }

    [Fact]
    public void Row83_A_resize_changes_the_configuration_and_a_console_hears_of_it()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.Console.Resize(0, 132, 43);
        rig.OfferControl(16);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        rig.SendControl(0, VirtioConsoleSpec.PortReady, 1);
        Assert.Equal("0 RESIZE 132x43", rig.TakeControl()[^1]);

        rig.Console.Resize(0, 80, 24);
        Assert.Equal(["0 RESIZE 80x24"], rig.TakeControl());
        Assert.Equal(2, rig.ConfigChanges);

        Span<byte> config = stackalloc byte[4];
        rig.Console.ReadConfig(0, config);
        Assert.Equal(new byte[] { 80, 0, 24, 0 }, config.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Row66_A_short_control_message_is_counted_and_comes_back(int length)
    {
        var rig = new ConsoleRig(Hvc).Start();
        var ring = rig.Rings[VirtioConsoleSpec.ControlTransmit];
        ring.Send(length == 0 ? new Part(ring.Allocate(1), 0, false) : ring.Out(new byte[length]));
        rig.Kick(VirtioConsoleSpec.ControlTransmit);

        Assert.Equal([(0U, 0U)], rig.TakeUsed(VirtioConsoleSpec.ControlTransmit));
        Assert.Equal(1, rig.Console.Faults.CountOf(GuestFaultKind.ControlTooShort));
        Assert.Empty(rig.Failures);
    }

    [Fact]
    public void Row67_A_control_message_in_eight_pieces_is_one_message()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.OfferControl(4);
        var ring = rig.Rings[VirtioConsoleSpec.ControlTransmit];
        byte[] message = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0];
        ring.Send([.. message.Select(one => ring.Out(one))]);
        rig.Kick(VirtioConsoleSpec.ControlTransmit);

        Assert.Equal(["0 ADD"], rig.TakeControl());
    }

    [Theory]
    [InlineData(2U)]
    [InlineData(16U)]
    [InlineData(0xFFFFFFFFU)]
    [InlineData(0x10000U)]
    public void Row68_A_port_that_does_not_exist_is_counted_and_nothing_else(uint id)
    {
        var rig = new ConsoleRig(Hvc, Data).StartAndOpen();
        rig.TakeControl();

        rig.SendControl(id, VirtioConsoleSpec.PortReady, 1);
        rig.SendControl(id, VirtioConsoleSpec.PortOpen, 1);

        Assert.Equal(2, rig.Console.Faults.CountOf(GuestFaultKind.ControlUnknownPort));
        Assert.Empty(rig.TakeControl());
        Assert.Empty(rig.Failures);
    }

    [Fact]
    public void Row68_A_port_that_was_not_announced_yet_does_not_exist_for_the_guest()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.OfferControl(4);
        rig.SendControl(0, VirtioConsoleSpec.PortReady, 1);

        Assert.Equal(1, rig.Console.Faults.CountOf(GuestFaultKind.ControlUnknownPort));
        Assert.Empty(rig.TakeControl());
    }

    [Theory]
    [InlineData(VirtioConsoleSpec.DeviceAdd)]
    [InlineData(VirtioConsoleSpec.DeviceRemove)]
    [InlineData(VirtioConsoleSpec.ConsolePort)]
    [InlineData(VirtioConsoleSpec.Resize)]
    [InlineData(VirtioConsoleSpec.PortName)]
    [InlineData(8)]
    [InlineData(0xFFFF)]
    public void Row69_An_event_that_is_not_the_guests_to_send_is_counted(ushort kind)
    {
        var rig = new ConsoleRig(Hvc).StartAndOpen();
        rig.TakeControl();
        rig.SendControl(0, kind, 1);

        Assert.Equal(1, rig.Console.Faults.CountOf(GuestFaultKind.ControlUnknownEvent));
        Assert.Empty(rig.TakeControl());
        Assert.True(rig.IsActive);
    }

    [Fact]
    public void Row70_A_message_waits_for_a_buffer_that_can_hold_it_and_nothing_is_written_past_one()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.OfferControl(1, bytes: 1);
        rig.OfferControl(1, bytes: 7);
        rig.Memory.Guard = access => Assert.False(access.IsWrite && access.Address >= rig.Rings[2].Buffers && access.Address < rig.Rings[2].Buffers + 0x1000);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        Assert.Equal(["empty", "empty"], rig.TakeControl());
        rig.Memory.Guard = null;

        rig.OfferControl(1, bytes: 8);
        Assert.Equal(["0 ADD"], rig.TakeControl());

        rig.SendControl(0, VirtioConsoleSpec.PortReady, 1);
        rig.OfferControl(2, bytes: 8);
        rig.OfferControl(1, bytes: 11);
        Assert.Equal(["0 CONSOLE", "empty", "0 NAME hvc"], rig.TakeControl());
    }

    [Fact]
    public void Row71_Messages_without_buffers_are_kept_once_each_with_their_last_state()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.OfferControl(1);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        rig.SendControl(0, VirtioConsoleSpec.PortReady, 1);
        for (ushort i = 1; i <= 1000; i++)
            rig.Console.Resize(0, i, i);
        rig.Ports[0].Backend.Disconnect();
        rig.Run();
        rig.Ports[0].Backend.Connect();
        rig.Run();
        rig.Ports[0].Backend.Disconnect();
        rig.Run();

        rig.OfferControl(32);
        Assert.Equal(["0 ADD", "0 CONSOLE", "0 NAME hvc", "0 OPEN 0", "0 RESIZE 1000x1000"], rig.TakeControl());
    }

    [Fact]
    public void Row72_A_readable_control_receive_buffer_comes_back_empty_and_untouched()
    {
        var rig = new ConsoleRig(Hvc).Start();
        var ring = rig.Rings[VirtioConsoleSpec.ControlReceive];
        ring.Send(ring.Out(1, 2, 3, 4, 5, 6, 7, 8));
        ring.Send(ring.Out(9), ring.In(300));
        rig.OfferControl(1);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);

        Assert.Equal(["empty", "empty", "0 ADD"], rig.TakeControl());
        Assert.Equal(2, rig.Console.Faults.CountOf(GuestFaultKind.WrongDirection));
    }

    [Fact]
    public void Row73_A_writable_control_transmit_buffer_is_no_message()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.OfferControl(2);
        var ring = rig.Rings[VirtioConsoleSpec.ControlTransmit];
        ring.Send(ring.Out(0, 0, 0, 0, 0, 0, 1, 0), ring.In(8));
        rig.Kick(VirtioConsoleSpec.ControlTransmit);

        Assert.Empty(rig.TakeControl());
        Assert.Single(rig.TakeUsed(VirtioConsoleSpec.ControlTransmit));
    }

    [Fact]
    public void Row75_Flapping_costs_no_message_and_the_last_state_holds()
    {
        var rig = new ConsoleRig(Hvc).StartAndOpen();
        rig.TakeControl();
        var before = rig.Messages;
        for (var i = 0; i < 500; i++)
            rig.SendControl(0, VirtioConsoleSpec.PortOpen, (ushort)(i & 1));
        rig.SendControl(0, VirtioConsoleSpec.PortOpen, 0);
        rig.Run();
        Assert.Equal(before, rig.Messages);

        rig.Ports[0].Backend.Feed("x"u8);
        rig.OfferReceive(0, 4, 64);
        rig.Run();
        Assert.Empty(rig.TakeReceived(0));

        rig.SendControl(0, VirtioConsoleSpec.PortOpen, 1);
        rig.Run();
        Assert.Equal("x"u8.ToArray(), rig.TakeReceived(0));
    }

    [Fact]
    public void Row76_Ready_twice_adds_no_port_twice()
    {
        var rig = new ConsoleRig(Hvc, Data).Start();
        rig.OfferControl(16);
        for (var i = 0; i < 3; i++)
            rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        Assert.Equal(["0 ADD", "1 ADD"], rig.TakeControl());

        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 0);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        Assert.Empty(rig.TakeControl());

        rig.Reset();
        rig.Start();
        rig.OfferControl(16);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        Assert.Equal(["0 ADD", "1 ADD"], rig.TakeControl());
    }

    [Fact]
    public void Row76_A_driver_that_failed_hears_nothing()
    {
        var rig = new ConsoleRig(Hvc).Start();
        rig.OfferControl(16);
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 0);
        Assert.Empty(rig.TakeControl());
    }

    [Fact]
    public void Row81_Without_multiport_there_is_one_port_that_just_works()
    {
        var rig = new ConsoleRig(Hvc, Data).Start(VirtioSpec.FeatureVersion1);
        Assert.Equal(0, rig.Console.QueueSizeOf(VirtioConsoleSpec.ControlTransmit, VirtioSpec.FeatureVersion1));
        Assert.Equal(64, rig.Console.QueueSizeOf(1, VirtioSpec.FeatureVersion1));
        rig.Console.Notify(VirtioConsoleSpec.ControlTransmit);
        rig.Console.Notify(VirtioConsoleSpec.ControlReceive);
        rig.Console.Notify(5);
        Assert.Equal(3, rig.Console.Faults.CountOf(GuestFaultKind.SpuriousKick));

        rig.OfferReceive(0, 1, 64);
        rig.Ports[0].Backend.Feed("in"u8);
        rig.Transmit(0, "out"u8.ToArray());
        rig.Run();

        Assert.Equal("in"u8.ToArray(), rig.TakeReceived(0));
        Assert.Equal("out"u8.ToArray(), rig.Ports[0].Backend.Written());
    }

    [Fact]
    public void A_port_that_is_taken_away_and_brought_back_is_removed_and_added()
    {
        var rig = new ConsoleRig(Hvc, Data).StartAndOpen();
        rig.TakeControl();
        rig.Console.Unplug(1);
        rig.Console.Unplug(1);
        Assert.Equal(["1 REMOVE"], rig.TakeControl());

        rig.Transmit(1, "nobody"u8.ToArray());
        rig.Run();
        Assert.Empty(rig.Ports[1].Backend.Written());
        Assert.Single(rig.TakeUsed(VirtioConsoleSpec.TransmitQueueOf(1)));
        Assert.Equal(6, rig.Console.Complete(1, rig.Ports[1].Core.Report).Dropped);

        rig.Console.Plug(1);
        rig.Console.Plug(1);
        Assert.Equal(["1 ADD"], rig.TakeControl());
        rig.SendControl(1, VirtioConsoleSpec.PortReady, 1);
        Assert.Equal(["1 NAME data", "1 OPEN 1"], rig.TakeControl());
    }

    [Fact]
    public void A_port_that_comes_and_goes_before_the_guest_has_buffers_leaves_no_trace()
    {
        var rig = new ConsoleRig(Hvc, Data).Start();
        rig.SendControl(0, VirtioConsoleSpec.DeviceReady, 1);
        rig.Console.Unplug(1);
        rig.Console.Plug(1);
        rig.Console.Unplug(1);
        rig.OfferControl(8);
        Assert.Equal(["0 ADD"], rig.TakeControl());
    }

    [Fact]
    public void A_port_whose_input_is_over_is_unplugged_when_the_guest_closes_it_and_comes_back_with_a_reset()
    {
        var rig = new ConsoleRig(Hvc, Data).StartAndOpen();
        rig.TakeControl();
        rig.OfferReceive(1, count: 4, bytes: 64);
        rig.Run();
        rig.Ports[1].Backend.Feed("last"u8);
        rig.Ports[1].Backend.EndInput();
        rig.Run();
        Assert.Equal("last"u8.ToArray(), rig.TakeReceived(VirtioConsoleSpec.ReceiveQueueOf(1)));
        Assert.Equal(["1 OPEN 0"], rig.TakeControl());

        rig.SendControl(1, VirtioConsoleSpec.PortOpen, 0);
        rig.Run();
        Assert.Equal(["1 REMOVE"], rig.TakeControl());

        rig.Reset();
        rig.Start();
        rig.OfferControl(16);
        rig.SendControl(VirtioConsoleSpec.BadId, VirtioConsoleSpec.DeviceReady, 1);
        Assert.Equal(["0 ADD", "1 ADD"], rig.TakeControl());
    }

    [Fact]
    public void A_port_that_only_lost_its_peer_stays_when_the_guest_closes_it()
    {
        var rig = new ConsoleRig(Hvc, Data).StartAndOpen();
        rig.TakeControl();
        rig.Ports[1].Backend.Disconnect();
        rig.Run();
        Assert.Equal(["1 OPEN 0"], rig.TakeControl());

        rig.SendControl(1, VirtioConsoleSpec.PortOpen, 0);
        rig.Run();
        Assert.Empty(rig.TakeControl());
        rig.Ports[1].Backend.Connect();
        rig.Run();
        Assert.Equal(["1 OPEN 1"], rig.TakeControl());
    }

    [Fact]
    public void A_new_peer_is_announced_although_its_first_input_is_held()
    {
        var rig = new ConsoleRig(Hvc, Data).StartAndOpen();
        rig.TakeControl();
        rig.OfferReceive(1, count: 1, bytes: 64);
        rig.Run();
        rig.Ports[1].Backend.Disconnect();
        rig.Run();
        rig.SendControl(1, VirtioConsoleSpec.PortOpen, 0);
        rig.Ports[1].Backend.Connect();
        rig.Ports[1].Backend.Feed("early"u8);
        rig.Run();

        Assert.Equal("1 OPEN 1", rig.TakeControl()[^1]);
    }

    [Fact]
    public void Refilling_control_buffers_asks_for_no_kick_while_nothing_waits()
    {
        var rig = new ConsoleRig(Hvc).StartAndOpen();
        Assert.Equal(VirtioSpec.UsedNoNotify, rig.Rings[VirtioConsoleSpec.ControlReceive].UsedFlags);
    }
}
