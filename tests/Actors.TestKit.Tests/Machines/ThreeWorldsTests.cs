using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>One body, three worlds.</summary>
public sealed class ThreeWorldsTests : MachineTest
{
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void The_chain_of_a_write_is_the_articles(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Write("hello");

        var exit = machine.ExpectExit(access => access.IsWrite);
        machine.ExpectUpcall();
        machine.ExpectIoreq("ioeventfd-0");
        machine.ExpectSignal(queue: 1);
        machine.ExpectNotify(queue: 1);
        machine.ExpectCallback();
        machine.ExpectBytes("hello");
        machine.ExpectCompletion();
        machine.Recording.Should()
            .After(exit.Sequence - 1)
            .Follow(PathHop.VmExit, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.AcrnIntrHandler, PathHop.IoreqDispatch, PathHop.IoeventfdHandler, PathHop.IothreadHandler, PathHop.NotifyTx, PathHop.BackendWrite);
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void Input_reaches_the_guest_by_an_interrupt(MachineWorld world)
    {
        var machine = Boot(world);
        var read = machine.StartRead(5);
        machine.Wait(TimeSpan.FromMilliseconds(50));

        // The order is on its way before the question: who is idle now waits for input, and its driver asked for the interrupt.
        machine.ExpectState("vcpu-0/idle", "true");

        machine.Backend().Feed("typed");

        machine.ExpectInterrupt();
        machine.Done(read);
        Assert.Equal("typed", read.Text);
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_held_link_holds_and_a_release_lets_go(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Hold(LinkSite.HsmDoorbell);
        machine.Write("held");
        machine.ExpectCompletion();
        machine.ExpectNo<NotifyEvent>();
        machine.Release(LinkSite.HsmDoorbell);

        machine.ExpectBytes("held");
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_device_that_crashes_loses_nothing(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Write("before ");
        machine.ExpectBytes("before ");
        machine.Crash(SimPart.Device);
        machine.Write("after");

        machine.ExpectBytes("after");
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_reset_boots_the_guest_again(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Reset();
        machine.Done(machine.Write("again"));

        machine.ExpectBytes("again");
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_machine_powers_off(MachineWorld world)
    {
        var machine = Boot(world);

        machine.PowerOff();

        Assert.True(machine.IsEnded);
    }
}
