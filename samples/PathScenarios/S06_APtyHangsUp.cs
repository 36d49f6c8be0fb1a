namespace PathScenarios;

/// <summary>Nobody is at the other end of the pty any more. A bounded buffer keeps the newest bytes, counts what it gave up, and delivers to whoever connects next.</summary>
public sealed class S06_APtyHangsUp : MachineTest
{
    [Fact]
    public void What_was_written_meanwhile_waits_for_the_next_one_who_connects()
    {
        var machine = Boot(m => m.Console(policy: new PortPolicy(PortPolicyKind.Buffer, 4096)));
        machine.Backend().HangUp();

        machine.Done(machine.Write("while you were out"));
        machine.ExpectNo<ByteEvent>();
        machine.Backend().Connect();

        machine.ExpectBytes("while you were out");
    }

    [Fact]
    public void The_guest_goes_on_and_the_oldest_bytes_are_given_up_counted()
    {
        var machine = Boot(m => m.Console(policy: new PortPolicy(PortPolicyKind.Buffer, 8)));
        machine.Backend().HangUp();

        machine.Done(machine.Write("0123456789"));
        var drop = machine.Expect<DropEvent>();
        machine.Backend().Connect();

        machine.ExpectBytes("23456789");
        Assert.Equal(2, drop.Length);
    }
}
