using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>The same rows: what a guest may do to the registers of a queue, and to a queue that is reset alone.</summary>
public sealed partial class HostileTransportTests
{
    [Fact]
    public void Rows3_4_A_queue_that_does_not_exist_reads_as_zero_and_takes_nothing()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        foreach (var select in new[] { 4, 5, 0x7FFF, 0xFFFF })
        {
            machine.Write(VirtioPciSpec.QueueSelect, 2, (ulong)select);
            for (var register = VirtioPciSpec.QueueSize; register < VirtioPciSpec.CommonSize; register += 2)
            {
                var size = register is >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueNotifyData ? 4 : 2;
                if (size == 4 && register % 4 != 0)
                    continue;
                machine.Write(register, size, 1);
                Assert.Equal(register == VirtioPciSpec.QueueMsixVector ? 0xFFFFUL : 0, machine.Read(register, size));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(0x8000)]
    [InlineData(0xFFFF)]
    public void Row5_An_impossible_queue_size_leaves_the_old_one(int size)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.Write(VirtioPciSpec.QueueSize, 2, 4);

        machine.Write(VirtioPciSpec.QueueSize, 2, (ulong)size);

        Assert.Equal(4UL, machine.Read(VirtioPciSpec.QueueSize, 2));
    }

    [Fact]
    public void Rows6_7_8_An_enabled_queue_is_frozen()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.SetQueueUp(0, 4);
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.QueueEnable, 2));

        machine.Write(VirtioPciSpec.QueueSize, 2, 8);
        machine.WriteAddress(VirtioPciSpec.QueueDesc, 0x5000);
        machine.WriteAddress(VirtioPciSpec.QueueDriver, 0x5000);
        machine.WriteAddress(VirtioPciSpec.QueueDevice, 0x5000);
        machine.Write(VirtioPciSpec.QueueEnable, 2, 0);
        machine.Write(VirtioPciSpec.QueueEnable, 2, 1);

        Assert.Equal(4UL, machine.Read(VirtioPciSpec.QueueSize, 2));
        Assert.Equal(machine.Rings[0].Descriptors, machine.Read(VirtioPciSpec.QueueDesc, 8));
        Assert.Equal(machine.Rings[0].Available, machine.Read(VirtioPciSpec.QueueDriver, 8));
        Assert.Equal(machine.Rings[0].Used, machine.Read(VirtioPciSpec.QueueDevice, 8));
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(4, machine.Function.Queue(0).Size);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0xFFFF)]
    public void Row8_Only_1_enables(int value)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.WriteAddress(VirtioPciSpec.QueueDesc, machine.Rings[0].Descriptors);
        machine.WriteAddress(VirtioPciSpec.QueueDriver, machine.Rings[0].Available);
        machine.WriteAddress(VirtioPciSpec.QueueDevice, machine.Rings[0].Used);

        machine.Write(VirtioPciSpec.QueueEnable, 2, (ulong)value);

        Assert.False(machine.Function.Queue(0).IsReady);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(0x5008UL)]
    [InlineData(0xF_FFF0UL)]
    [InlineData(0xFEC0_0000UL)]
    [InlineData(ulong.MaxValue - 15)]
    public void Rows9_11_Rings_at_impossible_places_are_refused_and_break_a_running_device(ulong descriptors)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureRingReset, 0);
        machine.SetQueueUp(1);
        machine.Write(VirtioPciSpec.QueueReset, 2, 1);
        machine.WriteAddress(VirtioPciSpec.QueueDesc, descriptors);
        machine.WriteAddress(VirtioPciSpec.QueueDriver, machine.Rings[1].Available);
        machine.WriteAddress(VirtioPciSpec.QueueDevice, machine.Rings[1].Used);
        machine.Write(VirtioPciSpec.QueueEnable, 2, 1);

        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(0xF | VirtioSpec.StatusNeedsReset, machine.Status);
        Assert.Equal(1, FaultsOf(machine).CountOf(GuestFaultKind.RingOutsideRam));
    }

    [Fact]
    public void Row9_Before_DRIVER_OK_only_the_queue_is_refused()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.Write(VirtioPciSpec.QueueEnable, 2, 1);

        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(0xB, machine.Status);
    }

    [Fact]
    public void Row10_Legacy_page_frame_number_0_disables_and_one_outside_RAM_is_refused()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 3);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0);
        Assert.False(machine.Function.Queue(0).IsReady);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0xFFFF_FFFF);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x10);
        Assert.Equal(0x10UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x20);
        Assert.Equal(0x10UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));

        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0);

        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        Assert.False(machine.Function.Queue(0).IsReady);
    }

    [Fact]
    public void Rows62_63_A_queue_that_is_reset_alone_forgets_everything_and_may_come_back_different()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Device.Holds = true;
        machine.Start(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureRingReset);
        var ring = machine.Rings[1];
        ring.Send(ring.In(4));
        machine.Kick(1);
        var chain = machine.Device.Held.Single().Chain;
        machine.Write(VirtioPciSpec.QueueSelect, 2, 1);

        machine.Write(VirtioPciSpec.QueueReset, 2, 1);

        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueReset, 2));
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueDesc, 8));
        Assert.Contains("queue reset 1", machine.Device.Calls);
        Assert.Equal([0], machine.Host.Doorbells.Keys);
        var accesses = machine.Memory.Accesses;
        machine.Kick(1);
        Assert.True(machine.Function.Queue(1).Push(chain, 4));
        Assert.Equal(accesses, machine.Memory.Accesses);

        machine.Device.Holds = false;
        machine.Rings[1] = new DriverRing(machine.Memory, 0x8_0000, 4);
        machine.Rings[1].Send(machine.Rings[1].Out(1));
        machine.SetQueueUp(1, 4);
        Assert.Equal(4, machine.Function.Queue(1).Size);
        machine.Kick(1);
        Assert.Equal(1, machine.Rings[1].UsedIndex);
        Assert.Equal(0, ring.UsedIndex);
    }

    [Fact]
    public void Row62_Without_RING_RESET_the_register_does_nothing()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();

        machine.Write(VirtioPciSpec.QueueSelect, 2, 1);
        machine.Write(VirtioPciSpec.QueueReset, 2, 1);

        Assert.Equal(1UL, machine.Read(VirtioPciSpec.QueueEnable, 2));
    }

    [Fact]
    public void Row65_Queues_that_were_not_set_up_are_left_alone()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start(VirtioSpec.FeatureVersion1, 1);
        machine.Device.Calls.Clear();
        machine.Kick(0);
        machine.Function.Doorbell(0);
        Assert.Empty(machine.Device.Calls);

        machine.Rings[1].Send(machine.Rings[1].Out(1));
        machine.Kick(1);
        Assert.Equal(1, machine.Rings[1].UsedIndex);
        machine.Function.SignalUsed(machine.Function.Queue(0));
    }

    [Fact]
    public void Row81_Queues_that_come_with_a_feature_do_not_exist_without_it()
    {
        var machine = new TestFunction();
        machine.Write(VirtioPciSpec.QueueSelect, 2, 2);
        Assert.Equal(8UL, machine.Read(VirtioPciSpec.QueueSize, 2));
        machine.Negotiate();
        machine.SetQueueUp(2);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueSize, 2));
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.QueueEnable, 2));

        machine.Status = 0;
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 3);
        machine.Out(VirtioPciSpec.LegacyGuestFeatures, 4, 0);
        machine.Out(VirtioPciSpec.LegacyQueueSelect, 2, 2);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x30);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueueSize, 2));
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));

        machine.Out(VirtioPciSpec.LegacyGuestFeatures, 4, TestDevice.FeatureMoreQueues);
        Assert.Equal(8UL, machine.In(VirtioPciSpec.LegacyQueueSize, 2));
    }
}
