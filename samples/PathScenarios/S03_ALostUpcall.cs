namespace PathScenarios;

/// <summary>The HSM's interrupt is lost on its way. No vCPU stays blocked: the hypervisor raises it again.</summary>
public sealed class S03_ALostUpcall : MachineTest
{
    [Fact]
    public void It_is_raised_again_and_the_request_is_served_once()
    {
        var machine = Boot();
        machine.Break("{ site: hsm.upcall, do: drop, nth: 1 }");

        machine.Write("still there");

        var lost = machine.ExpectUpcall();
        var again = machine.Expect<UpcallEvent>(upcall => upcall.IsRepeat);
        machine.ExpectBytes("still there");
        machine.ExpectNo<ByteEvent>();
        Assert.InRange(again.Time - lost.Time, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500));
    }
}
