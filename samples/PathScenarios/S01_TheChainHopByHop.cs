namespace PathScenarios;

/// <summary>Who calls port->cb? The chain from the guest's doorbell to the byte, each link asserted by its name.</summary>
public sealed class S01_TheChainHopByHop : MachineTest
{
    [Fact]
    public void A_doorbell_reaches_the_backend_through_every_hop()
    {
        var machine = Boot();

        machine.Write("hello");

        var exit = machine.ExpectExit(access => access.IsWrite);
        machine.ExpectUpcall();
        machine.ExpectIoreq(client: "ioeventfd-0");
        machine.ExpectSignal(queue: VirtioConsoleSpec.Port0Transmit);
        machine.ExpectNotify(queue: VirtioConsoleSpec.Port0Transmit);
        machine.ExpectCallback();
        machine.ExpectBytes("hello");

        machine.Recording.Should().After(exit.Sequence - 1).Follow(
            PathHop.VmExit, PathHop.EmulateIo, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.AcrnIntrHandler, PathHop.IoreqDispatch,
            PathHop.IoeventfdHandler, PathHop.IothreadHandler, PathHop.NotifyTx, PathHop.BackendWrite);
    }

    [Fact]
    public void Without_an_ioeventfd_the_kick_takes_the_slow_path_through_the_BAR()
    {
        var machine = Boot(m => m.Console(ioeventfd: false));

        machine.Write("hello");

        machine.ExpectIoreq(client: "acrndm");
        machine.ExpectBytes("hello");
        machine.Recording.Should()
            .Follow(PathHop.VmLoop, PathHop.VirtioPciWrite, PathHop.NotifyTx, PathHop.BackendWrite)
            .NotContain<DoorbellEvent>(doorbell => doorbell.Hop == PathHop.IothreadHandler);
    }
}
