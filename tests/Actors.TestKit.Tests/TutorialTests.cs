using Actors.Hsm;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

// tutorial: first
public sealed class ConsoleTests : MachineTest
{
    [Fact]
    public void What_a_guest_writes_comes_out()
    {
        var machine = Boot();

        machine.Write("hello");

        machine.ExpectBytes("hello");
    }
}

// tutorial: end

public sealed class TutorialTests : MachineTest
{
    // tutorial: chain
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void The_chain_is_the_articles(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Write("hello");

        var exit = machine.ExpectExit();
        machine.ExpectUpcall();
        machine.ExpectIoreq("ioeventfd-0");
        machine.ExpectSignal(queue: 1);
        machine.ExpectNotify(queue: 1);
        machine.ExpectCallback();
        machine.ExpectBytes("hello");
        machine.Recording.Should().After(exit.Sequence - 1).Follow(PathHop.VmExit, PathHop.IoeventfdHandler, PathHop.NotifyTx, PathHop.BackendWrite);
    }

    // tutorial: end

    // tutorial: hold
    [Fact]
    public void A_kick_that_is_held_is_not_lost()
    {
        var machine = Boot();

        machine.Hold(LinkSite.HsmDoorbell);
        machine.Write("later");
        machine.ExpectCompletion();
        machine.ExpectNo<NotifyEvent>();
        machine.Release(LinkSite.HsmDoorbell);

        machine.ExpectBytes("later");
    }

    // tutorial: end

    // tutorial: break
    [Theory, Seeds(20)]
    public void A_crash_before_the_interrupt_loses_nothing(ulong seed)
    {
        var machine = Boot(m => m.Seed(seed).Break("{ site: dm.after-used-idx, do: crash, nth: 1 }"));

        machine.Done(machine.Write("still there"));

        machine.ExpectBytes("still there");
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
    }

    // tutorial: end

    // tutorial: query
    [Fact]
    public void Ten_writes_are_ten_kicks_at_most()
    {
        var machine = Boot();

        for (var i = 0; i < 10; i++)
            machine.Done(machine.Write("x"));

        var kicks = machine.Recording.OfType<NotifyEvent>().Count(notify => notify is { Hop: PathHop.NotifyTx, Queue: 1 });
        Assert.InRange(kicks, 1, 10);
        machine.Recording.Should().Contain<ByteEvent>(exactly: 10, bytes => bytes.Text == "x").NotContain<DropEvent>();
    }

    // tutorial: end

    // tutorial: state
    [Fact]
    public void A_doorbell_that_is_held_leaves_the_queue_alone()
    {
        var machine = Boot();
        var before = machine.State("pci-0.3.0/queue-1/avail");

        machine.Hold(LinkSite.HsmDoorbell);
        machine.Write("later");
        machine.ExpectCompletion();
        Assert.Equal(before, machine.State("pci-0.3.0/queue-1/avail"));
        machine.Release(LinkSite.HsmDoorbell);

        machine.ExpectState("pci-0.3.0/port-0/written", "5");
        machine.ExpectState("pci-*/queue-*/in-flight", "0");
        Assert.All(machine.States("pci-*/port-*/unwritten"), port => Assert.Equal("0", port.Value));
    }

    // tutorial: end

    // tutorial: chainlayout
    [Fact]
    public void A_loop_of_descriptors_harms_its_device_alone()
    {
        var machine = Boot(m => m.Console().Console());

        machine.Submit(new Chain().Readable("a").Readable("b").LoopTo(0));
        machine.ExpectNotify(queue: 1);

        machine.Run(async guest => await guest.Port(device: 1).Write("unharmed"u8.ToArray()));
        machine.ExpectBytes("unharmed", device: 1);
    }

    // tutorial: end

    // tutorial: backend
    [Fact]
    public void A_reader_that_does_not_read_holds_the_guest()
    {
        var machine = Boot();
        machine.Backend().Stall();

        var write = machine.Write("held");
        machine.ExpectNo<ByteEvent>();
        Assert.False(write.IsDone);
        machine.Backend().TakeAgain();

        machine.Done(write);
    }

    // tutorial: end

    // tutorial: picture
    [Fact]
    public void An_exit_is_drawn()
    {
        var machine = Boot();

        machine.Done(machine.Write("hello"));

        var exit = machine.ExpectExit(access => access.IsWrite);
        machine.Recording.SaveAs("hello.html", exit);
        machine.Recording.SaveAs("hello.jsonl");
        Assert.Contains("VmExit", machine.Recording.Render(PictureKind.Terminal, exit));
    }

    // tutorial: end

    // tutorial: usedevice
    [Fact]
    public void The_counter_counts_and_interrupts()
    {
        var machine = Boot(m => m.Device(new Counter()));

        machine.Out(0xC0, 3);

        machine.ExpectInterrupt(0x77);
        Assert.Equal(3u, machine.In(0xC0));
    }

    // tutorial: end

    // tutorial: device
    private sealed class Counter() : TestDevice("counter", new IoRange(IoRequestType.PortIo, 0xC0, 0xC0))
    {
        private ulong _sum;

        protected override ulong Read(ulong address, int size) => _sum;

        protected override void Write(ulong address, int size, ulong value)
        {
            _sum += value;
            Interrupt(vcpu: 0, vector: 0x77);
        }

        protected override void Reset() => _sum = 0;
    }

    // tutorial: end
}
