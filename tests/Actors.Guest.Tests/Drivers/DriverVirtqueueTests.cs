using Actors.Protocol;
using CsCheck;

namespace Actors.Guest.Tests;

public sealed class DriverVirtqueueTests
{
    private readonly ModelMemory _memory = new(1 << 20);
    private readonly GuestHeap _heap = new(1 << 20);

    [Theory]
    [InlineData(true, 64)]
    [InlineData(false, 64)]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public void Indices_wrap_past_65536_chains(bool eventIndex, int size)
    {
        var (driver, device) = Make(size, eventIndex);
        for (var i = 0; i < 70_000; i++)
        {
            Assert.True(driver.TryAdd(0x8000, 10, true, i));
            Assert.True(driver.Publish());
            var (head, segments) = device.Pop();
            Assert.Equal((0x8000UL, 10u, true), Assert.Single(segments));
            device.Push(head, 7);
            Assert.True(driver.TryTakeUsed(out var token, out var written));
            Assert.Equal((i, 7u), (token, written));
        }

        Assert.False(driver.TryTakeUsed(out _, out _));
        Assert.Equal((size, 0L), (driver.FreeDescriptors, driver.Faults));
    }

    [Fact]
    public void With_event_index_one_kick_stands_for_all_until_the_device_has_looked()
    {
        var (driver, device) = Make(64, true);
        driver.TryAdd(0x8000, 1, false, 0);
        Assert.True(driver.Publish());
        driver.TryAdd(0x8000, 1, false, 1);
        Assert.False(driver.Publish());
        device.Pop();
        device.Pop();
        driver.TryAdd(0x8000, 1, false, 2);
        Assert.True(driver.Publish());
    }

    [Fact]
    public void Without_event_index_the_device_flag_suppresses_kicks()
    {
        var (driver, _) = Make(64, false);
        driver.TryAdd(0x8000, 1, false, 0);
        Assert.True(driver.Publish());
        _memory.TryWriteUInt16(driver.Layout.Used, VirtioSpec.UsedNoNotify);
        driver.TryAdd(0x8000, 1, false, 1);
        Assert.False(driver.Publish());
    }

    [Fact]
    public void Publishing_nothing_asks_for_no_kick() => Assert.False(Make(8, false).Driver.Publish());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Interrupts_come_only_while_they_are_enabled(bool eventIndex)
    {
        var (driver, device) = Make(64, eventIndex);
        driver.DisableInterrupts();
        Use(driver, device, 3);
        Assert.False(device.TakeInterruptWish());
        while (driver.TryTakeUsed(out _, out _))
        {
        }

        Assert.True(driver.EnableInterrupts());
        Use(driver, device, 1);
        Assert.True(device.TakeInterruptWish());
    }

    [Fact]
    public void Enabling_interrupts_says_when_a_chain_came_back_before()
    {
        var (driver, device) = Make(64, true);
        driver.DisableInterrupts();
        Use(driver, device, 1);

        Assert.False(driver.EnableInterrupts());
    }

    [Fact]
    public void Half_of_what_is_in_flight_comes_back_before_the_interrupt()
    {
        var (driver, device) = Make(64, true);
        for (var i = 0; i < 10; i++)
            driver.TryAdd(0x8000, 1, false, i);
        driver.Publish();
        Assert.True(driver.EnableInterruptsAfterHalf());
        for (var i = 1; i <= 10; i++)
        {
            device.Push(device.Pop().Head, 0);
            Assert.Equal(i == 5, device.TakeInterruptWish());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Chains_of_any_framing_reach_the_device_as_they_were_added(bool indirect) =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6], Gen.Int[1, 5000]).Where(framing => framing.Item1 + framing.Item2 > 0).List[1, 40].Sample(framings =>
        {
            var (driver, device) = Make(32, true, indirect);
            var free = driver.FreeDescriptors;
            foreach (var (readable, writable, length) in framings)
            {
                var segments = new GuestSegment[readable + writable];
                for (var i = 0; i < segments.Length; i++)
                    segments[i] = new((ulong)(0x8000 + i), (uint)(length + i), i >= readable);
                Assert.True(driver.TryAdd(segments, length));
                driver.Publish();
                var (head, seen) = device.Pop();
                Assert.Equal(segments.Select(segment => (segment.Address, segment.Length, segment.DeviceWrites)), seen);
                device.Push(head, 0);
                Assert.True(driver.TryTakeUsed(out var token, out _));
                Assert.Equal(length, token);
                Assert.Equal(free, driver.FreeDescriptors);
            }

            Assert.Equal(indirect && framings.Any(framing => framing.Item1 + framing.Item2 > 1), device.IndirectChains > 0);
        }, threads: 1);

    [Fact]
    public void A_chain_that_needs_more_descriptors_than_are_free_is_refused_whole()
    {
        var (driver, _) = Make(4, true);
        var segments = new GuestSegment[3];
        Assert.True(driver.TryAdd(segments, 0));
        Assert.False(driver.TryAdd(segments, 1));
        Assert.Equal(1, driver.FreeDescriptors);
        Assert.True(driver.TryAdd(0, 1, false, 2));
        Assert.False(driver.TryAdd(0, 1, false, 3));
    }

    [Theory]
    [InlineData(64u)]
    [InlineData(uint.MaxValue)]
    [InlineData(1u)]
    public void A_used_id_that_is_no_chain_in_flight_breaks_only_the_queue(uint id)
    {
        var (driver, device) = Make(64, true);
        driver.TryAdd(0x8000, 1, true, 0);
        driver.Publish();
        device.Push(id, 1);

        Assert.False(driver.TryTakeUsed(out _, out _));
        Assert.True(driver.IsBroken);
        Assert.Equal(1, driver.Faults);
        Assert.False(driver.TryAdd(0x8000, 1, true, 0));
        Assert.False(driver.HasUsed);
    }

    [Fact]
    public void A_chain_used_twice_breaks_the_queue()
    {
        var (driver, device) = Make(64, true);
        driver.TryAdd(0x8000, 1, true, 0);
        driver.TryAdd(0x8000, 1, true, 1);
        driver.Publish();
        device.Push(0, 1);
        device.Push(0, 1);

        Assert.True(driver.TryTakeUsed(out _, out _));
        Assert.False(driver.TryTakeUsed(out _, out _));
        Assert.True(driver.IsBroken);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40000)]
    public void A_used_index_ahead_of_what_is_in_flight_breaks_the_queue(ushort by)
    {
        var (driver, device) = Make(64, true);
        driver.TryAdd(0x8000, 1, true, 0);
        driver.Publish();
        device.JumpUsed(by);

        Assert.False(driver.TryTakeUsed(out _, out _));
        Assert.True(driver.IsBroken);
    }

    [Fact]
    public void A_used_length_beyond_the_buffer_is_cut_and_counted()
    {
        var (driver, device) = Make(64, true);
        driver.TryAdd(0x8000, 100, true, 0);
        driver.Publish();
        device.Push(device.Pop().Head, uint.MaxValue);

        Assert.True(driver.TryTakeUsed(out _, out var written));
        Assert.Equal((100u, 1L, false), (written, driver.Faults, driver.IsBroken));
    }

    [Fact]
    public void Whatever_stands_in_the_used_ring_nothing_worse_happens_than_a_broken_queue() =>
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UShort).List[1, 50].Sample(entries =>
        {
            var (driver, _) = Make(16, true);
            foreach (var (id, length, index) in entries)
            {
                driver.TryAdd(0x8000, 100, true, 5);
                driver.Publish();
                _memory.TryWriteUInt32(driver.Layout.Used + 4 + (8 * (ulong)(index % 16)), id % 20);
                _memory.TryWriteUInt32(driver.Layout.Used + 8 + (8 * (ulong)(index % 16)), length);
                _memory.TryWriteUInt16(driver.Layout.Used + 2, (ushort)(index % 40));
                while (driver.TryTakeUsed(out var token, out var written))
                {
                    Assert.Equal(5, token);
                    Assert.InRange(written, 0u, 100u);
                }

                Assert.InRange(driver.FreeDescriptors, 0, 16);
            }
        }, threads: 1);

    [Fact]
    public void Compact_rings_share_pages_and_legacy_rings_start_on_one()
    {
        var first = VirtqueueLayout.Compact(_heap, 8);
        var second = VirtqueueLayout.Compact(_heap, 8);
        var legacy = VirtqueueLayout.Legacy(_heap, 64);

        Assert.Equal(first.Descriptors >> 12, second.Used >> 12);
        Assert.Equal(0UL, first.Descriptors % 16);
        Assert.Equal(0UL, second.Used % 4);
        Assert.Equal(0UL, legacy.Descriptors % 4096);
        Assert.Equal(legacy.Descriptors + 1024, legacy.Available);
        Assert.Equal(legacy.Descriptors + 4096, legacy.Used);
    }

    private static void Use(DriverVirtqueue driver, ModelQueue device, int chains)
    {
        for (var i = 0; i < chains; i++)
        {
            driver.TryAdd(0x8000, 1, false, i);
            driver.Publish();
            device.Push(device.Pop().Head, 0);
        }
    }

    private (DriverVirtqueue Driver, ModelQueue Device) Make(int size, bool eventIndex, bool indirect = false)
    {
        var heap = new GuestHeap(1 << 20);
        var layout = VirtqueueLayout.Compact(heap, size);
        _memory.TryWrite(layout.Descriptors, new byte[16 * size + 6 + 2 * size + 10 + 8 * size]);
        var driver = new DriverVirtqueue(_memory, layout, default, eventIndex, indirect ? heap : null);
        var device = new ModelQueue(_memory, 0)
        {
            Size = size,
            Desc = layout.Descriptors,
            Avail = layout.Available,
            Used = layout.Used,
            Enabled = true,
            EventIndex = eventIndex,
        };
        return (driver, device);
    }
}
