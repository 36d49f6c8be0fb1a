using Actors.DeviceModel;
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

    // tutorial: usepci
    [Fact]
    public void The_guest_finds_my_adder_and_it_adds()
    {
        var machine = Boot(m => m.Device(slot: 5, () => new Adder()));

        var sum = machine.Run(async guest =>
        {
            var adder = await guest.Pci(slot: 5);
            var vector = (await adder.UseMsix())[0];
            var list = guest.Platform.Heap.Allocate(4);
            guest.Cpu.Memory.TryWrite(list, [1, 20, 30]);
            await adder.Write(bar: 0, offset: 0, list);
            await adder.Write(bar: 0, offset: 4, 3);
            await guest.WaitForInterrupt(vector);
            var answer = new byte[1];
            guest.Cpu.Memory.TryRead(list + 3, answer);
            return answer[0];
        });

        Assert.Equal(51, sum);
        machine.ExpectState("pci-0.5.0/bus-master", "true");
    }
    // tutorial: end

    // tutorial: usevirtio
    [Fact]
    public void My_entropy_device_fills_a_buffer()
    {
        var machine = Boot(m => m.Device(slot: 6, () => new Entropy()));

        var bytes = machine.Run(async guest =>
        {
            var entropy = await guest.Virtio(slot: 6);
            return await entropy.Ask(queue: 0, [], replyBytes: 4);
        });

        Assert.Equal([7, 14, 21, 28], bytes);
        machine.ExpectNotify(queue: 0);
        machine.ExpectState("pci-0.6.0/queue-0/used", "1");
    }
    // tutorial: end

    // tutorial: pcidevice
    private sealed class Adder() : OwnPciDevice(vendor: 0x1234, device: 0x0ADD)
    {
        private const uint MaxBytes = 256;

        private ulong _list;

        public override IReadOnlyList<OwnBar> Bars => [new OwnBar(0, OwnBarSpace.Memory32, 16)];

        public override int MsixVectors => 1;

        protected override uint Read(int bar, uint offset, int size) => 0;

        protected override void Write(int bar, uint offset, int size, uint value)
        {
            if (offset == 0)
            {
                _list = value;
                return;
            }

            // A guest is hostile until proved otherwise: a length that it says has a bound, and RAM may refuse.
            var bytes = new byte[Math.Min(value, MaxBytes)];
            if (ReadGuest(_list, bytes) && WriteGuest(_list + (uint)bytes.Length, [(byte)bytes.Sum(one => one)]))
                RaiseMsix(0);
        }

        protected override void OnReset() => _list = 0;
    }
    // tutorial: end

    // tutorial: virtiodevice
    private sealed class Entropy() : OwnVirtioDevice(type: 4, 8)
    {
        private const long MaxBytes = 4096;

        private byte _next;

        protected override void OnNotify(int queue)
        {
            while (TryTake(queue, out var request))
            {
                for (var left = Math.Min(request.WritableLeft, MaxBytes); left > 0; left--)
                    request.Write([_next += 7]);
                request.Complete();
            }
        }

        protected override void OnReset() => _next = 0;
    }
    // tutorial: end
}
