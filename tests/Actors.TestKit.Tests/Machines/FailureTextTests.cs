using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>What a person gets to read when an expectation isn't met, letter by letter.</summary>
public sealed class FailureTextTests : MachineTest
{
    [Fact]
    public void A_lost_doorbell_is_shown_beside_the_life_that_it_should_have_had()
    {
        var machine = Boot();
        machine.Hold(LinkSite.HsmDoorbell);
        machine.Kick(queue: 1);

        var failure = Assert.Throws<MachineFailureException>(() => machine.ExpectNotify(queue: 1, within: TimeSpan.FromMilliseconds(100)));

        Assert.Equal(
            """
            Expected a notify of queue 1, and it didn't come within 0.1 s.
            The life of the last exit, mmio write16 0x80007004 = 0x1 of vCPU 0:
                expected                                             | actual
                VM exit                                              | 1.000000 s vm-0.0 VM exit mmio write16 0x80007004 = 0x1
                emulate_io                                           | 1.000000 s vm-0.0 emulate_io mmio write16 0x80007004 = 0x1
                acrn_insert_request                                  | 1.000000 s vm-0.0 acrn_insert_request mmio write16 0x80007004 = 0x1
                acrn_fire_hsm_interrupt: get_hsm_notification_vector | 1.000000 s vm-0.0 acrn_fire_hsm_interrupt: get_hsm_notification_vector vector 0xf3
                HYPERVISOR_CALLBACK_VECTOR: acrn_intr_handler        | 1.000000 s vm-0.0 HYPERVISOR_CALLBACK_VECTOR: acrn_intr_handler vector 0xf3
                ioreq_intr_handler: queue_work(ioreq_wq)             | 1.000000 s vm-0.0 ioreq_intr_handler: queue_work(ioreq_wq)
                ioreq_dispatch                                       | 1.000000 s vm-0.0 ioreq_dispatch mmio write16 0x80007004 = 0x1
                wake_up_interruptible                                | 1.000000 s vm-0.0 wake_up_interruptible ioeventfd-0: mmio write16 0x80007004 = 0x1
                ioreq_task: has_pending_request                      | 1.000000 s vm-0.0 ioreq_task: has_pending_request ioeventfd-0: mmio write16 0x80007004 = 0x1
                acrn_ioeventfd_handler: eventfd_signal               | 1.000000 s vm-0.0 acrn_ioeventfd_handler: eventfd_signal cookie 0x180002 mmio write16 0x80007004 = 0x1
                NOTIFY_REQUEST_FINISH: hcall_notify_ioreq_finish     | 1.000000 s vm-0.0 NOTIFY_REQUEST_FINISH: hcall_notify_ioreq_finish mmio write16 0x80007004 = 0x1
                NOTIFY_REQUEST_FINISH: hcall_notify_ioreq_finish     | 1.000000 s vm-0.0 NOTIFY_REQUEST_FINISH: hcall_notify_ioreq_finish mmio write16 0x80007004 = 0x1
                dm_emulate_io_complete: COMPLETE -> FREE             | 1.000000 s vm-0.0 dm_emulate_io_complete: COMPLETE -> FREE mmio write16 0x80007004 = 0x1
                VM entry                                             | 1.000000 s vm-0.0 VM entry mmio write16 0x80007004 = 0x1
              - iothread_handler                                     |    <- here they part
              - queues[i].notify = virtio_console_notify_tx          | 
            held: hsm.doorbell, 1 message(s) wait there
            replay: ACTORS_REPLAY=LOG dotnet test --filter "FullyQualifiedName~Actors.TestKit.Tests.FailureTextTests.A_lost_doorbell_is_shown_beside_the_life_that_it_should_have_had"
            without the file: ACTORS_SEED=1 dotnet test --filter "FullyQualifiedName~Actors.TestKit.Tests.FailureTextTests.A_lost_doorbell_is_shown_beside_the_life_that_it_should_have_had"
            picture: actors trace RECORDING --as html --out PAGE
            """,
            failure.Message
                .Replace(ShellWord.Of(failure.Files[0]), "LOG", StringComparison.Ordinal)
                .Replace(ShellWord.Of(failure.Files[1]), "RECORDING", StringComparison.Ordinal)
                .Replace(ShellWord.Of(Path.ChangeExtension(failure.Files[1], ".html")), "PAGE", StringComparison.Ordinal));
    }

    [Fact]
    public void Columns_mark_what_is_missing_what_came_besides_and_what_is_no_step()
    {
        HopEvent[] actual =
        [
            Step(1, PathHop.VmExit), new FaultHopEvent { Sequence = 2, Rule = "lost", Row = "F01", Site = "irq.raise", Change = FaultEventKind.Fired }, Step(3, PathHop.HypervisorHandler), Step(4, PathHop.VmEntry),
        ];

        var marks = LifeColumns.Write([PathHop.VmExit, PathHop.EmulateIo, PathHop.VmEntry], actual).Split('\n').Skip(1).Select(line => line[2]);
        Assert.Equal([' ', '!', '+', '-', ' '], marks);
    }

    [Fact]
    public void Other_bytes_than_expected_are_shown()
    {
        var machine = Boot();
        machine.Write("hullo");

        var failure = Assert.Throws<MachineFailureException>(() => machine.ExpectBytes("hello"));

        Assert.StartsWith("Expected \"hello\" to come out of port 0, and \"hullo\" came.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_that_throws_fails_the_test_with_its_reason()
    {
        var machine = Boot();

        var failure = Assert.Throws<MachineFailureException>(() => machine.Run(_ => throw new InvalidOperationException("my mistake")));

        Assert.Contains("my mistake", failure.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(failure.InnerException);
    }

    [Fact]
    public void A_test_without_an_exit_says_so()
    {
        var machine = Boot();

        var failure = Assert.Throws<MachineFailureException>(() => machine.ExpectUpcall(TimeSpan.FromMilliseconds(1)));

        Assert.Contains("No vCPU has left its guest since.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_of_ones_own_takes_no_orders() =>
        Assert.Contains("Guest(...)", Assert.Throws<InvalidOperationException>(() => Boot(described => described.Guest("idle")).Kick()).Message, StringComparison.Ordinal);

    private static HopEvent Step(long sequence, PathHop hop) =>
        HopEventMaker.Of(new PathStep(hop, new VmId(1), 0, 1, IoAccess.Out(0x60, 1, 1))) with { Sequence = sequence };
}
