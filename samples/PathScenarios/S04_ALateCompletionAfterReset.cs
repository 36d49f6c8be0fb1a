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
        var kicked = machine.ExpectExit();
        machine.Until(() => machine.Held(LinkSite.HsmComplete) > 0);

        machine.Out(ResetControl, 0x0E);
        machine.Run(async guest => await guest.Cpu.Out(ResetControl, 1, 0x0E), vcpu: 1);
        machine.Release(LinkSite.HsmComplete);
        machine.Done(machine.Write("anew"));

        machine.ExpectBytes("anew");
        machine.Recording.Should().NotContain<CompletionEvent>(entry => entry.Hop == PathHop.VmEntry && entry.Vcpu == 0 && entry.Request == kicked.Request && entry.Sequence > kicked.Sequence);
    }
}
