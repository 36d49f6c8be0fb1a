using System.Buffers.Binary;
using System.Text;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>A virtio device of a test's own, in every world.</summary>
public sealed class OwnVirtioDeviceTests : MachineTest
{
    private const byte Slot = 9;

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void Requests_come_back_with_what_it_wrote(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new TallyDevice()));

        var sums = machine.Run(async guest =>
        {
            var tally = await guest.Virtio(Slot, features: 2);
            Assert.Equal((0x1AF4, 0x1040 + TallyDevice.DeviceType, 2), (tally.Transport.Device.VendorId, tally.Transport.Device.DeviceId, tally.QueueCount));
            Assert.Equal(2ul, tally.Transport.Features & 0xFF_FFFF);
            var first = await Tally(tally, 5);
            await tally.Transport.WriteConfig(0, 4, 10);
            Assert.Equal(10u, await tally.Transport.ReadStableConfig(0, 4));
            return (first, await Tally(tally, 2, queue: 1));
        });

        Assert.Equal((5ul, 25ul), sums);
        machine.ExpectSignal(queue: 0);
        var notified = machine.ExpectNotify(queue: 1);
        Assert.Equal((PathHop.NotifyQueue, new Bdf(0, Slot, 0)), (notified.Hop, notified.Device));
        machine.Recording.Should().Contain<UsedEvent>(used => used.Device == new Bdf(0, Slot, 0) && used.Queue == 1);
        Assert.Equal(("25", "1", "0"), (machine.State("pci-0.9.0/sum"), machine.State("pci-0.9.0/queue-0/used"), machine.State("pci-0.9.0/queue-0/in-flight")));
    }

    [Fact]
    public void Its_kicks_take_the_slow_path_where_they_are_told_to()
    {
        var machine = Boot(described => described.Device(Slot, () => new TallyDevice(), ioeventfd: false));

        Assert.Equal(3ul, machine.Run(async guest => await Tally(await guest.Virtio(Slot), 3)));

        machine.Recording.Should().NotContain<DoorbellEvent>(signal => signal.Device == new Bdf(0, Slot, 0));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void It_works_with_every_kind_of_driver(bool msix, bool eventIndex)
    {
        var machine = Boot(described => described.Device(Slot, () => new TallyDevice()));

        var options = new DriverOptions { UseMsix = msix, EventIndex = eventIndex, IndirectDescriptors = eventIndex, QueueSize = 4 };
        Assert.Equal(9ul, machine.Run(async guest =>
        {
            var tally = await guest.Virtio(Slot, options: options);
            for (var i = 0; i < 8; i++)
                await Tally(tally, 1);
            return await Tally(tally, 1);
        }));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_signal_from_outside_becomes_input(MachineWorld world)
    {
        MailDevice? mail = null;
        var machine = Boot(world, described => described.Device(Slot, () => mail = new MailDevice()));

        byte[] came = [];
        var order = machine.Start(async guest => came = await (await guest.Virtio(Slot)).Ask(0, [], replyBytes: 32));
        machine.ExpectNotify(queue: 0);
        machine.Tell(() => mail!.Signal("hello"u8.ToArray()));
        machine.Done(order);

        Assert.Equal("hello", Encoding.UTF8.GetString(came));
    }

    [Fact]
    public void It_is_woken_when_it_asked_for_it()
    {
        MailDevice? mail = null;
        var machine = Boot(described => described.Device(Slot, () => mail = new MailDevice { Delay = TimeSpan.FromSeconds(2) }));

        var order = machine.Start(async guest => await (await guest.Virtio(Slot)).Ask(0, [], replyBytes: 32));
        machine.ExpectNotify(queue: 0);
        var before = machine.Now;
        machine.Tell(() => mail!.Signal("late"u8.ToArray()));
        machine.Done(order);

        Assert.InRange(machine.Now - before, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void What_it_throws_needs_a_reset_and_harms_nobody_else(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new FailingVirtio()));

        machine.Run(async guest =>
        {
            var failing = await guest.Virtio(Slot);
            Assert.Equal("ok"u8.ToArray(), await failing.Ask(0, "ok"u8.ToArray(), 16));
            var said = string.Empty;
            try
            {
                await failing.Ask(0, "!"u8.ToArray(), 16);
            }
            catch (InvalidOperationException thrown)
            {
                said = thrown.Message;
            }

            Assert.Equal("The device needs a reset.", said);
        });

        Assert.Contains("no '!', please", machine.ExpectDeviceFailure(new Bdf(0, Slot, 0)).Reason, StringComparison.Ordinal);
        machine.Done(machine.Write("still here"));
        machine.ExpectBytes("still here");

        Assert.Equal("again"u8.ToArray(), machine.Run(async guest => await (await guest.Virtio(Slot)).Ask(0, "again"u8.ToArray(), 16)));
        Assert.Equal("false", machine.State("pci-0.9.0/failed"));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_hostile_driver_breaks_it_alone(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(Slot, () => new TallyDevice()));

        machine.Run(async guest =>
        {
            var tally = await guest.Virtio(Slot);
            await tally.Submit(new Chain().Readable("a").Readable("b").LoopTo(0));
            while (!await tally.NeedsReset())
                await guest.Cpu.Pause();
        });

        machine.Done(machine.Write("still here"));
        machine.ExpectBytes("still here");
        Assert.Equal(4ul, machine.Run(async guest => await Tally(await guest.Virtio(Slot), 4)));
    }

    /// <summary>At each of the places where a device can crash, twice over: what it counted is exact.</summary>
    [Theory]
    [Seeds(12)]
    public void A_crash_neither_loses_nor_doubles_a_request(ulong seed)
    {
        string[] sites = ["dm.after-payload", "dm.after-used-element", "dm.after-used-idx"];
        var site = sites[seed % 3];
        var restored = 0;
        var machine = Boot(described => described
            .Seed(seed)
            .Device(Slot, () => new TallyDevice { Restored = _ => restored++ })
            .Break($"{{ site: {site}, do: crash, select: {{ device: 0.9.0 }}, nth: {1 + (seed / 3)}, times: 1 }}"));

        var sum = machine.Run(async guest =>
        {
            var tally = await guest.Virtio(Slot);
            for (var i = 0; i < 5; i++)
                await Tally(tally, 1);
            return await Tally(tally, 1);
        });

        Assert.Equal(6ul, sum);
        Assert.Equal(1, restored);
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.Cluster)]
    public void It_is_there_again_on_the_node_that_takes_over(MachineWorld world)
    {
        var machine = Boot(world, described => described.Nodes(3).Device(Slot, () => new TallyDevice()));
        Assert.Equal(5ul, machine.Run(async guest => await Tally(await guest.Virtio(Slot), 5)));

        machine.CrashNode();

        Assert.Equal(2ul, machine.Run(async guest => await Tally(await guest.Virtio(Slot), 2)));
    }

    [Fact]
    public void A_pause_holds_it_and_loses_nothing()
    {
        var machine = Boot(described => described.Device(Slot, () => new TallyDevice()));
        var tally = machine.Run(async guest => await guest.Virtio(Slot));

        machine.Forget();
        machine.Pause(new Bdf(0, Slot, 0));
        var order = machine.Start(async guest => Assert.Equal(1ul, await Tally(tally, 1)));
        machine.ExpectNo<NotifyEvent>();
        Assert.False(order.IsDone);
        machine.Resume(new Bdf(0, Slot, 0));

        machine.Done(order);
    }

    [Fact]
    public void Nothing_can_be_done_to_it_outside_of_its_callbacks()
    {
        IntrudingDevice? device = null;
        var machine = Boot(described => described.Device(Slot, () => device = new IntrudingDevice()));
        var order = machine.Start(async guest => await (await guest.Virtio(Slot)).Ask(0, "x"u8.ToArray(), 1));
        machine.ExpectState("pci-0.9.0/queue-0/in-flight", "1");

        Assert.Contains("own callbacks only", Assert.Throws<InvalidOperationException>(() => device!.Intrude()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new MailDevice().Signal("nobody"));
        machine.Tell(() => device!.Signal("now"));
        machine.Done(order);
    }

    [Theory]
    [InlineData(0, 8, 0, "the virtio device type is 1 to 63, not 0")]
    [InlineData(4, 6, 0, "the size of a queue is a power of two up to 1024, not 6")]
    [InlineData(4, 8, 1UL << 28, "its own feature bits are 0 to 23 and 50 to 63")]
    public void What_virtio_cannot_have_is_refused(ushort type, int size, ulong features, string sentence)
    {
        var failure = Assert.Throws<MachineFailureException>(() => Boot(described => described.Device(Slot, () => new OddDevice(type, size, features))));

        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
    }

    private static async GuestTask<ulong> Tally(GuestVirtioDevice tally, int bytes, int queue = 0) =>
        BinaryPrimitives.ReadUInt64LittleEndian(await tally.Ask(queue, new byte[bytes], 8));

    private sealed class OddDevice(ushort type, int size, ulong features) : OwnVirtioDevice(type, size)
    {
        public override ulong Features => features;

        protected override void OnNotify(int queue)
        {
        }
    }

    private sealed class IntrudingDevice() : OwnVirtioDevice(type: 45, 8)
    {
        private VirtioRequest? _request;

        public void Intrude() => _request!.Complete();

        protected override void OnNotify(int queue) => TryTake(queue, out _request);

        protected override void OnSignal(object what) => _request!.Complete();
    }
}
