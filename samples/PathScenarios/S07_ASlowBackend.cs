namespace PathScenarios;

/// <summary>A backend that takes a few bytes at a time, or none for a while, under the policy that loses nothing: the guest is held back, and nobody else is.</summary>
public sealed class S07_ASlowBackend : MachineTest
{
    [Fact]
    public void A_guest_waits_for_a_backend_that_takes_nothing()
    {
        var machine = Boot();
        machine.Backend().Stall();

        var write = machine.Write("patience");
        machine.Wait(TimeSpan.FromSeconds(1));
        Assert.False(write.IsDone);
        machine.Backend().TakeAgain();

        machine.Done(write);
        machine.ExpectBytes("patience");
    }

    [Fact]
    public void Short_writes_lose_no_byte_and_keep_the_order()
    {
        var machine = Boot();
        machine.Backend().Slow(bytes: 3);

        machine.Done(machine.Write("one two three four five"));

        machine.ExpectBytes("one two three four five");
        machine.Recording.Should().Contain<ByteEvent>(exactly: 8);
    }

    [Fact]
    public void Another_port_is_not_held_back()
    {
        var machine = Boot(m => m.Console().Console());
        machine.Backend(device: 0).Stall();

        // Not waited for: the same vCPU goes on to the other console.
        machine.Start(async guest => await guest.Port(device: 0).Write("stuck"u8.ToArray()));
        machine.Write("free", device: 1);

        machine.ExpectBytes("free", device: 1);
        Assert.Equal("", machine.Text(device: 0));
        machine.Backend(device: 0).TakeAgain();
        machine.ExpectBytes("stuck", device: 0);
    }
}
