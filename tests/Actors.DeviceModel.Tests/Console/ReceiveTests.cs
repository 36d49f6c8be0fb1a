using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Backend to guest: rows 72, 79, and that no byte of input is ever lost.</summary>
public sealed class ReceiveTests
{
    private static readonly ConsolePortSpec Spec = new("p", true, BackendKind.Memory);

    private static byte[] Bytes(int count) => Enumerable.Range(0, count).Select(i => (byte)(i * 7)).ToArray();

    [Fact]
    public void Input_fills_buffers_in_order()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.Ports[0].Backend.Feed(Bytes(250));
        rig.OfferReceive(0, 4, 100);
        rig.Run();

        var used = rig.TakeUsed(0);
        Assert.Equal([100U, 100U, 50U], used.Select(one => one.Length));
        Assert.Equal(250, rig.Ports[0].Core.Report.ToGuest + rig.Console.Port(0).Receive.Delivered - rig.Ports[0].Core.Report.ToGuest);
    }

    [Fact]
    public void Row79_Input_is_not_read_while_the_guest_has_no_buffers()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.Ports[0].Backend.Feed(Bytes(100_000));
        rig.Run();
        Assert.Equal(0, rig.Ports[0].Backend.ReadCount);

        rig.OfferReceive(0, 1, 64);
        rig.Run();
        Assert.Equal(64, rig.Ports[0].Backend.ReadCount);
        Assert.Equal(Bytes(100_000)[..64], rig.TakeReceived(0));

        rig.OfferReceive(0, 1, 64);
        rig.Run();
        Assert.Equal(Bytes(100_000)[64..128], rig.TakeReceived(0));
    }

    [Fact]
    public void Input_waits_until_the_guest_has_the_port_open()
    {
        var rig = new ConsoleRig(Spec).Start();
        rig.Ports[0].Backend.Feed("abc"u8);
        rig.OfferReceive(0, 1, 64);
        rig.Run();
        Assert.Equal(0, rig.Ports[0].Backend.ReadCount);
    }

    [Fact]
    public void Row72_A_readable_buffer_comes_back_empty_and_the_next_one_is_used()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        var ring = rig.Rings[0];
        ring.Send(ring.Out(1, 2, 3));
        ring.Send(ring.Out(4), ring.In(64));
        ring.Send(new Part(ring.Allocate(1), 0, true));
        ring.Send(ring.In(64));
        rig.Kick(0);
        rig.Ports[0].Backend.Feed("abc"u8);
        rig.Run();

        Assert.Equal([(0U, 0U), (1U, 0U), (3U, 0U), (4U, 3U)], rig.TakeUsed(0));
        Assert.Equal(2, rig.Console.Faults.CountOf(GuestFaultKind.WrongDirection));
    }

    [Fact]
    public void The_end_of_input_closes_the_port_after_the_last_byte()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.TakeControl();
        rig.Ports[0].Backend.Feed(Bytes(100));
        rig.Ports[0].Backend.EndInput();
        rig.OfferReceive(0, 1, 60);
        rig.Run();
        Assert.Empty(rig.TakeControl());

        rig.OfferReceive(0, 1, 60);
        rig.OfferReceive(0, 1, 60);
        rig.Run();
        Assert.Equal(Bytes(100), rig.TakeReceived(0));
        Assert.Equal(["0 OPEN 0"], rig.TakeControl());
    }

    [Fact]
    public void C8_An_ended_input_is_not_read_again_and_again()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.Ports[0].Backend.EndInput();
        rig.OfferReceive(0, 4, 64);
        rig.Run();
        var messages = rig.Messages;
        for (var i = 0; i < 10; i++)
            rig.Tick();
        Assert.Equal(messages, rig.Messages);
        Assert.False(rig.Ports[0].Backend.Wanted.HasFlag(BackendInterest.Read));
    }

    [Fact]
    public void Input_that_a_reset_kept_from_the_guest_comes_in_the_next_epoch()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.Ports[0].Backend.Feed(Bytes(100));
        rig.OfferReceive(0, 1, 100);
        rig.Run(most: 1);
        rig.Reset();
        rig.Run();
        Assert.Equal(100, rig.Ports[0].Backend.ReadCount);

        rig.StartAndOpen();
        rig.OfferReceive(0, 4, 30);
        rig.Run();
        Assert.Equal(Bytes(100), rig.TakeReceived(0));
    }

    [Fact]
    public void Input_that_met_a_reset_queue_comes_in_its_next_buffers()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.OfferReceive(0, 2, 100);
        rig.Run();
        rig.Ports[0].Backend.Feed(Bytes(100));
        rig.ResetQueue(0);
        rig.Run();
        rig.OfferReceive(0, 4, 30);
        rig.Run();
        Assert.Equal(Bytes(100), rig.TakeReceived(0));
    }

    [Fact]
    public void An_idle_port_holds_few_chains_and_a_stream_more()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.OfferReceive(0, 60, 4096);
        rig.Run();
        Assert.Equal(1, rig.Queue(0).InFlight);

        rig.Ports[0].Backend.Feed(Bytes(200_000));
        rig.Run();
        Assert.True(rig.Console.Port(0).Receive.Chains > 1);
        Assert.Equal(Bytes(200_000), rig.TakeReceived(0));
    }

    [Fact]
    public void A_guest_that_closes_the_port_stops_the_input_and_opening_goes_on()
    {
        var rig = new ConsoleRig(Spec).StartAndOpen();
        rig.OfferReceive(0, 8, 64);
        rig.Run();
        rig.SendControl(0, VirtioConsoleSpec.PortOpen, 0);
        rig.Ports[0].Backend.Feed(Bytes(10));
        rig.Run();
        Assert.Empty(rig.TakeReceived(0));
        rig.SendControl(0, VirtioConsoleSpec.PortOpen, 1);
        rig.Run();
        Assert.Equal(Bytes(10), rig.TakeReceived(0));
    }
}
