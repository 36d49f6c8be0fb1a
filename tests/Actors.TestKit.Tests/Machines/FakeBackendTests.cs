using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>What is behind a port, played by a test.</summary>
public sealed class FakeBackendTests : MachineTest
{
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_reader_that_does_not_read_holds_the_guest_and_loses_nothing(MachineWorld world)
    {
        var machine = Boot(world);
        machine.Backend().Stall();

        var write = machine.Write("held back");
        machine.ExpectNo<ByteEvent>();
        Assert.False(write.IsDone);
        machine.Backend().TakeAgain();

        machine.Done(write);
        Assert.Equal("held back", machine.Backend().Text);
    }

    [Fact]
    public void A_slow_backend_gets_everything_in_pieces()
    {
        var machine = Boot();
        machine.Backend().Slow(3);

        machine.Done(machine.Write("seven by three"));

        Assert.Equal("seven by three", machine.Backend().Text);
        Assert.All(machine.Recording.OfType<ByteEvent>(), bytes => Assert.InRange(bytes.Bytes.Length, 1, 3));
    }

    [Fact]
    public void A_full_disk_is_tried_again()
    {
        var machine = Boot();
        machine.Backend().Fill();
        var write = machine.Write("later");
        machine.Expect<BackendStateEvent>(state => state.Change == BackendEventKind.Refused);

        machine.Backend().TakeAgain();

        machine.Done(write);
        Assert.Equal("later", machine.Backend().Text);
    }

    [Fact]
    public void A_backend_that_fails_costs_its_bytes_and_says_so()
    {
        var machine = Boot();
        machine.Backend().Fail("broken");

        machine.Done(machine.Write("lost"));

        Assert.Equal(DropReason.BackendFailed, machine.Expect<DropEvent>().Reason);
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void A_hang_up_is_seen_by_the_guest_and_a_connection_too(MachineWorld world)
    {
        var machine = Boot(world, described => described.Console(ports: 2));

        machine.Backend(port: 1).HangUp();
        machine.Expect<CallbackEvent>(message => message is { Hop: PathHop.ControlSend, Subject: "PORT_OPEN", Count: 1 });
        machine.Run(guest => Connection(guest, 1, isThere: false));
        machine.Backend(port: 1).Connect();

        machine.Expect<CallbackEvent>(message => message is { Hop: PathHop.ControlSend, Subject: "PORT_OPEN", Count: 1 });
        machine.Run(guest => Connection(guest, 1, isThere: true));
    }

    [Fact]
    public void Input_comes_in_order_and_ends()
    {
        var machine = Boot();
        machine.Backend().Feed("first ");
        machine.Backend().Feed("second");

        Assert.Equal("first second", machine.Read(12));
        Assert.Equal(0, machine.Backend().Waiting);
    }

    [Fact]
    public void A_port_that_there_is_not_is_refused() => Assert.Throws<ArgumentException>(() => Boot().Backend(port: 1));

    private static async Guest.GuestTask Connection(GuestSession guest, int port, bool isThere)
    {
        while (guest.Port(port).HostConnected != isThere)
            await guest.Console().WaitForEvent();
    }
}
