namespace PathScenarios;

/// <summary>The device model crashes in the worst moment: the used index is published, the interrupt not sent. The next incarnation owes it, and the byte is not written again.</summary>
public sealed class S05_ACrashBetweenUsedRingAndInterrupt : MachineTest
{
    [Fact]
    public void The_guest_still_gets_its_interrupt_and_the_byte_comes_once()
    {
        var machine = Boot();
        machine.Break("{ site: dm.after-used-idx, do: crash, nth: 1 }");
        var read = machine.StartRead(5);
        machine.Wait(TimeSpan.FromMilliseconds(10));

        machine.Backend().Feed("input");

        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Crashed);
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
        machine.ExpectInterrupt();
        machine.Done(read);
        Assert.Equal("input", read.Text);
    }

    [Fact]
    public void Output_whose_buffer_was_given_back_is_not_written_again()
    {
        var machine = Boot();
        machine.Break("{ site: dm.after-used-idx, do: crash, nth: 1 }");

        machine.Done(machine.Write("once"));

        machine.ExpectBytes("once");
        machine.ExpectNo<ByteEvent>();
    }
}
