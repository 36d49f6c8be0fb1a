namespace PathScenarios;

/// <summary>
/// A completion is on its way when the machine is reset, and arrives after it: the ABA problem of an I/O request slot. ACRN's slots carry no epoch; here it changes nothing.
/// </summary>
public sealed class S04_ALateCompletionAfterReset : MachineTest
{
    private const ushort ResetControl = 0xCF9;

    [Fact]
    public void It_wakes_nobody_of_the_new_epoch()
    {
        var machine = Boot(m => m.Vcpus(2));
        machine.Hold(LinkSite.HsmComplete);
        machine.Kick(vcpu: 0);
        machine.Until(() => machine.Held(LinkSite.HsmComplete) > 0);
        var kicked = machine.Recording.OfType<IoExitEvent>().Last(exit => exit.Vcpu == 0);

        machine.Start(async guest => await guest.Cpu.Out(ResetControl, 1, 0x0E), vcpu: 1);
        machine.Expect<SlotEvent>(slot => slot.Owner == SlotOwner.Setup, what: "the request page of the new epoch");
        machine.Release(LinkSite.HsmComplete);
        machine.Done(machine.Write("anew"));

        machine.ExpectBytes("anew");

        // What vCPU 0 does next is the first exit of the new guest; it never goes on behind the kick.
        var next = machine.Recording.After(kicked.Sequence).First(step => step.Vcpu == 0 && step.Hop is PathHop.VmExit or PathHop.VmEntry);
        Assert.Equal(PathHop.VmExit, next.Hop);
    }
}
