using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Rows 34-61 and 64 of docs/behaviour.md: what a guest may do to a split ring, and what becomes of it.</summary>
public sealed class HostileRingTests
{
    private const ushort Next = VirtioSpec.DescriptorNext;
    private const ushort Write = VirtioSpec.DescriptorWrite;
    private const ushort Indirect = VirtioSpec.DescriptorIndirect;

    private readonly TestMemory _memory = new();
    private readonly Virtqueue _queue = new(5);
    private readonly DriverRing _ring;

    public HostileRingTests() => _ring = new DriverRing(_memory, 0x1000, 8);

    private void Enable(ulong features = 0) =>
        Assert.True(_queue.TryEnable(_memory, _ring.Size, _ring.Descriptors, _ring.Available, _ring.Used, features));

    private DescriptorChain Pop()
    {
        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var chain, out _));
        return chain;
    }

    /// <summary>The queue refuses, says why, changes nothing, and says the same again.</summary>
    private void AssertBroken(GuestFaultKind kind)
    {
        var before = (_queue.State, _queue.InFlight);
        _memory.Log = [];
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(VirtqueuePop.Broken, _queue.TryPop(out var chain, out var fault));
            Assert.Null(chain);
            Assert.Equal((kind, 5), (fault.Kind, fault.Queue));
        }

        Assert.Equal(before, (_queue.State, _queue.InFlight));
        Assert.DoesNotContain(_memory.Log, access => access.IsWrite && !access.IsWithin(_ring.Used, (ulong)VirtioSpec.UsedBytes(8)));
        Assert.True(_memory.Log.Count < 100);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(100)]
    [InlineData(0x8000)]
    public void Row34_An_available_index_that_jumps_by_more_than_the_queue_size_breaks(int jump)
    {
        Enable();
        _ring.AvailableIndex = (ushort)jump;

        AssertBroken(GuestFaultKind.AvailableIndexJump);
    }

    [Fact]
    public void Row35_An_available_index_that_goes_back_breaks()
    {
        Enable();
        _ring.Send(_ring.Out(1));
        _queue.Push(Pop(), 0);
        _ring.AvailableIndex = 0;

        AssertBroken(GuestFaultKind.AvailableIndexJump);
    }

    [Fact]
    public void Row36_Indices_wrap_at_65536_without_harm()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        var part = _ring.Out(7);
        for (var i = 0; i < 70_000; i++)
        {
            var head = (ushort)(i % 8);
            _ring.Descriptor(head, part.Address, part.Length);
            _ring.Offer(head);
            var chain = Pop();
            Assert.Equal(head, chain.Head);
            Assert.True(_queue.Push(chain, 0));
            Assert.Equal((ushort)(i + 1), _ring.UsedIndex);
            if (i % 3 == 0)
                Assert.Equal(VirtqueuePop.Empty, _queue.TryPop(out _, out _));
        }

        Assert.Equal(unchecked((ushort)70_000), _queue.State.LastAvailable);
        Assert.Equal((uint)(69_999 % 8), _ring.UsedElement(unchecked((ushort)69_999)).Id);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(0xFFFF)]
    public void Row37_A_head_that_names_no_descriptor_breaks(int head)
    {
        Enable();
        _ring.Offer((ushort)head);

        AssertBroken(GuestFaultKind.HeadOutOfRange);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(0xFFFF)]
    public void Row38_A_next_that_names_no_descriptor_breaks(int next)
    {
        Enable();
        _ring.Descriptor(0, _ring.Allocate(4), 4, Next, (ushort)next);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.NextOutOfRange);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Row39_A_loop_breaks_after_as_many_steps_as_there_are_entries(int backTo)
    {
        Enable();
        for (var i = 0; i < 4; i++)
            _ring.Descriptor(i, _ring.Buffers, 1, Next, (ushort)(i == 3 ? backTo : i + 1));
        _ring.Offer(0);
        _memory.Log = [];

        AssertBroken(GuestFaultKind.ChainTooLong);
        Assert.InRange(_memory.Log.Count(access => access.IsWithin(_ring.Descriptors, 128)), 1, 2 * 9);
    }

    [Fact]
    public void Row39_A_loop_within_an_indirect_table_breaks_too()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var table = _ring.Allocate(32);
        _ring.DescriptorIn(table, 0, _ring.Buffers, 1, Next, 1);
        _ring.DescriptorIn(table, 1, _ring.Buffers, 0, Next, 0);
        _ring.Descriptor(0, table, 32, Indirect);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.ChainTooLong);
    }

    [Fact]
    public void Row40_A_chain_through_an_indirect_table_may_be_as_long_as_the_queue_and_no_longer()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var table = _ring.Allocate(9 * 16);
        for (var i = 0; i < 9; i++)
            _ring.DescriptorIn(table, i, _ring.Buffers + (ulong)i, 1, (ushort)(i < 7 ? Next : 0), (ushort)(i + 1));
        _ring.Descriptor(0, table, 9 * 16, Indirect);
        _ring.Offer(0);
        var chain = Pop();
        Assert.Equal(8UL, chain.ReadableLength);
        _queue.Push(chain, 0);

        _ring.DescriptorIn(table, 7, _ring.Buffers, 1, Next, 8);
        _ring.Offer(0);
        AssertBroken(GuestFaultKind.ChainTooLong);
    }

    [Fact]
    public void Row42_Zero_length_descriptors_are_skipped_wherever_they_point()
    {
        Enable();
        var (a, b) = (_ring.Out(1, 2), _ring.In(2));
        _ring.Send(new Part(ulong.MaxValue, 0, true), a, new Part(0, 0, false), b, new Part(1, 0, false));

        var chain = Pop();

        Assert.Equal((2UL, 2UL), (chain.ReadableLength, chain.WritableLength));
        Assert.Equal(2, chain.Read(new byte[9]));
        Assert.Equal(2, chain.Write(new byte[9]));
    }

    [Fact]
    public void Row43_A_chain_of_length_zero_comes_back_with_used_length_zero()
    {
        Enable();
        _ring.Send(new Part(0, 0, false));

        var chain = Pop();

        Assert.Equal(0, chain.Read(new byte[4]));
        Assert.Equal(0, chain.Write(new byte[4]));
        Assert.True(_queue.Push(chain, 4));
        Assert.Equal((0U, 0U), _ring.UsedElement(0));
    }

    [Theory]
    [InlineData(0x4000UL, 0xFFFF_FFFFU)]
    [InlineData(0xF_FFFFUL, 2U)]
    [InlineData(0x10_0000UL, 1U)]
    [InlineData(ulong.MaxValue - 1, 4U)]
    [InlineData(ulong.MaxValue, 1U)]
    [InlineData(0xFEE0_0000UL, 4U)]
    public void Rows44_45_A_buffer_that_is_not_wholly_in_RAM_breaks(ulong address, uint length)
    {
        Enable();
        _ring.Send(_ring.Out(1), new Part(address, length, true));

        AssertBroken(GuestFaultKind.BufferOutsideRam);
    }

    [Fact]
    public void Row45_A_buffer_may_end_with_the_last_byte_of_RAM()
    {
        Enable();
        _ring.Send(new Part(0xF_FFFE, 2, true));

        Assert.Equal(2, Pop().Write([1, 2, 3]));
        Assert.Equal([1, 2], _memory.Peek(0xF_FFFE, 2));
    }

    [Fact]
    public void Row46_A_readable_descriptor_behind_a_writable_one_breaks()
    {
        Enable();
        _ring.Send(_ring.Out(1), _ring.In(1), _ring.Out(2));

        AssertBroken(GuestFaultKind.ReadableAfterWritable);
    }

    [Fact]
    public void Row47_INDIRECT_without_negotiation_breaks()
    {
        Enable();
        _ring.Descriptor(0, _ring.Allocate(16), 16, Indirect);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.IndirectNotNegotiated);
    }

    [Fact]
    public void Row48_INDIRECT_within_an_indirect_table_breaks()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var table = _ring.Allocate(16);
        _ring.DescriptorIn(table, 0, table, 16, Indirect);
        _ring.Descriptor(0, table, 16, Indirect);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.IndirectNested);
    }

    [Fact]
    public void Row49_INDIRECT_together_with_NEXT_breaks()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var table = _ring.Allocate(16);
        _ring.DescriptorIn(table, 0, _ring.Buffers, 1);
        _ring.Descriptor(0, table, 16, Indirect | Next, 1);
        _ring.Descriptor(1, _ring.Buffers, 1);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.IndirectNested);
    }

    [Theory]
    [InlineData(0U)]
    [InlineData(15U)]
    [InlineData(17U)]
    [InlineData(65_536U * 16)]
    [InlineData(0xFFFF_FFF0U)]
    public void Row50_An_indirect_table_of_impossible_length_breaks(uint length)
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        _ring.Descriptor(0, _ring.Allocate(32), length, Indirect);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.IndirectLength);
    }

    [Theory]
    [InlineData(0x10_0000UL, 16U)]
    [InlineData(0xF_FFF0UL, 32U)]
    [InlineData(ulong.MaxValue - 15, 16U)]
    public void Row51_An_indirect_table_outside_RAM_breaks(ulong address, uint length)
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        _ring.Descriptor(0, address, length, Indirect);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.BufferOutsideRam);
    }

    [Fact]
    public void Row51_An_indirect_table_over_the_used_ring_harms_nobody_but_the_guest()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        _ring.DescriptorIn(_ring.Used + 16, 0, _ring.Buffers, 4, Write);
        _ring.Descriptor(0, _ring.Used + 16, 16, Indirect);
        _ring.Offer(0);

        var chain = Pop();
        Assert.Equal(4, chain.Write([1, 2, 3, 4]));
        Assert.True(_queue.Push(chain, 4));
        Assert.Equal((0U, 4U), _ring.UsedElement(0));
    }

    [Fact]
    public void Row52_WRITE_on_the_INDIRECT_descriptor_is_ignored_and_direct_ones_may_come_before_it()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var table = _ring.Allocate(32);
        var (a, b, c) = (_ring.Out(1), _ring.Out(2), _ring.In(1));
        _ring.DescriptorIn(table, 0, b.Address, 1, Next, 1);
        _ring.DescriptorIn(table, 1, c.Address, 1, Write);
        _ring.Descriptor(0, a.Address, 1, Next, 1);
        _ring.Descriptor(1, table, 32, Indirect | Write);
        _ring.Offer(0);

        var chain = Pop();

        var read = new byte[3];
        Assert.Equal(2, chain.Read(read));
        Assert.Equal([1, 2], read[..2]);
        Assert.Equal(1UL, chain.WritableLength);
    }

    [Fact]
    public void Row53_A_next_behind_the_end_of_an_indirect_table_breaks()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var table = _ring.Allocate(32);
        _ring.DescriptorIn(table, 0, _ring.Buffers, 1, Next, 1);
        _ring.Descriptor(0, table, 16, Indirect);
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.NextOutOfRange);
    }

    [Fact]
    public void Row54_Unknown_flags_are_ignored()
    {
        Enable();
        _ring.Descriptor(0, _ring.Buffers, 3, 0xFFF8 | Write);
        _ring.Offer(0);

        Assert.Equal(3UL, Pop().WritableLength);
    }

    [Fact]
    public void Row55_A_head_in_flight_that_is_made_available_again_breaks()
    {
        Enable();
        var head = _ring.Send(_ring.Out(1));
        var first = Pop();
        _ring.Offer(head);

        AssertBroken(GuestFaultKind.HeadInFlight);
        Assert.Equal(1, first.Read(new byte[4]));
    }

    [Fact]
    public void Row55_A_head_that_came_back_may_be_used_again()
    {
        Enable();
        var head = _ring.Send(_ring.Out(1));
        _queue.Push(Pop(), 0);
        _ring.Offer(head);

        Assert.Equal(head, Pop().Head);
    }

    [Fact]
    public void Row56_More_requests_than_the_queue_has_entries_break()
    {
        Enable();
        for (ushort i = 0; i < 8; i++)
        {
            _ring.Descriptor(i, _ring.Buffers, 1);
            _ring.Offer(i);
            Pop();
        }

        Assert.Equal(VirtqueuePop.Empty, _queue.TryPop(out _, out _));
        _ring.Offer(0);

        AssertBroken(GuestFaultKind.AvailableIndexJump);
        Assert.Equal(8, _queue.InFlight);
    }

    [Fact]
    public void Row57_The_used_index_is_the_devices_own()
    {
        Enable();
        for (var i = 0; i < 3; i++)
        {
            _ring.Send(_ring.Out(1));
            _memory.Poke16(_ring.Used + VirtioSpec.UsedIndex, 0x5555);
            Assert.True(_queue.Push(Pop(), 0));
            Assert.Equal(i + 1, _ring.UsedIndex);
            Assert.Equal((uint)i, _ring.UsedElement((ushort)i).Id);
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(0xFFFE, true)]
    [InlineData(0xFFFF, false)]
    public void Row59_Only_bit_0_of_the_available_flags_means_something(int flags, bool interrupt)
    {
        Enable();
        _ring.AvailableFlags = (ushort)flags;
        _ring.Send(_ring.Out(1));
        _queue.Push(Pop(), 0);

        Assert.Equal(interrupt, _queue.NeedsInterrupt());
        Assert.False(_queue.NeedsInterrupt());
    }

    [Fact]
    public void Row59_The_available_flags_mean_nothing_with_EVENT_IDX()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        _ring.AvailableFlags = 0xFFFF;
        _ring.UsedEvent = 0;
        _ring.Send(_ring.Out(1));
        _queue.Push(Pop(), 0);

        Assert.True(_queue.NeedsInterrupt());
    }

    [Fact]
    public void Row60_What_a_second_vCPU_makes_of_a_descriptor_after_it_was_read_changes_nothing()
    {
        Enable(VirtioSpec.FeatureIndirectDescriptors);
        var (data, answer) = (_ring.Out(1, 2, 3, 4), _ring.In(4));
        var table = _ring.Allocate(32);
        _ring.DescriptorIn(table, 0, data.Address, 4, Next, 1);
        _ring.DescriptorIn(table, 1, answer.Address, 4, Write);
        _ring.Descriptor(0, table, 32, Indirect);
        _ring.Offer(0);
        _memory.AfterRead = access =>
        {
            if (access.IsWithin(_ring.Descriptors, 128) || access.IsWithin(table, 32))
                _memory.Poke(access.Address, Enumerable.Repeat((byte)0xFF, access.Length).ToArray());
        };
        _memory.Log = [];

        var chain = Pop();
        var read = new byte[8];
        Assert.Equal(4, chain.Read(read));
        Assert.Equal([1, 2, 3, 4], read[..4]);
        Assert.Equal(4, chain.Write([5, 6, 7, 8, 9]));
        Assert.True(_queue.Push(chain, 4));

        Assert.Single(_memory.Log, access => access.IsWithin(_ring.Descriptors, 128));
        Assert.Equal(2, _memory.Log.Count(access => access.IsWithin(table, 32)));
        Assert.Equal([5, 6, 7, 8], _memory.Peek(answer.Address, 4));
    }

    [Fact]
    public void Row61_A_ring_whose_page_is_gone_breaks_at_the_next_look()
    {
        Enable();
        _ring.Send(_ring.Out(1));
        var chain = Pop();
        _memory.TakePageAway(_ring.Available);
        AssertBroken(GuestFaultKind.RingOutsideRam);

        _memory.TakePageAway(_ring.Used);
        Assert.False(_queue.Push(chain, 0));
        Assert.Equal(0, _queue.InFlight);
    }

    [Fact]
    public void Row61_A_buffer_whose_page_is_gone_refuses_and_is_not_waited_for()
    {
        Enable();
        _ring.Send(new Part(0x9_0000, 8, false), new Part(0x9_1000, 8, true));
        var chain = Pop();
        _memory.TakePageAway(0x9_0000);
        _memory.TakePageAway(0x9_1000);

        Assert.Equal(-1, chain.Read(new byte[4]));
        Assert.Equal(-1, chain.Write([1]));
        Assert.True(_queue.Push(chain, 1));
        Assert.Equal(0U, _ring.UsedElement(0).Length);
    }

    [Fact]
    public void Row64_A_request_may_be_framed_in_single_bytes()
    {
        var ring = new DriverRing(_memory, 0x2_0000, 256);
        Assert.True(_queue.TryEnable(_memory, 256, ring.Descriptors, ring.Available, ring.Used, 0));
        ring.Send(Enumerable.Range(0, 256).Select(i => i < 255 ? ring.Out((byte)i) : ring.In(1)).ToArray());

        var chain = Pop();

        var read = new byte[300];
        Assert.Equal(255, chain.Read(read));
        Assert.Equal(Enumerable.Range(0, 255).Select(i => (byte)i), read[..255]);
        Assert.Equal(1UL, chain.WritableLeft);
    }

    [Theory]
    [InlineData(0, 0UL, 0UL, 0UL)]
    [InlineData(3, 0UL, 0UL, 0UL)]
    [InlineData(65_536, 0UL, 0UL, 0UL)]
    [InlineData(-8, 0UL, 0UL, 0UL)]
    [InlineData(8, 8UL, 0UL, 0UL)]
    [InlineData(8, 0UL, 1UL, 0UL)]
    [InlineData(8, 0UL, 0UL, 2UL)]
    [InlineData(8, 0x10_0000UL, 0UL, 0UL)]
    [InlineData(8, 0UL, 0xF_EF7EUL, 0UL)]
    [InlineData(8, 0UL, 0UL, 0xFFFF_FFFF_FFFF_0000UL)]
    public void Row9_Rings_that_are_not_possible_are_not_set_up(int size, ulong descriptors, ulong available, ulong used)
    {
        Assert.False(_queue.TryEnable(_memory, size, _ring.Descriptors + descriptors, _ring.Available + available, _ring.Used + used, 0));
        Assert.False(_queue.IsReady);
    }

    [Fact]
    public void Row12_Two_queues_on_the_same_rings_stay_within_them()
    {
        Enable();
        var other = new Virtqueue(6);
        Assert.True(other.TryEnable(_memory, 8, _ring.Descriptors, _ring.Available, _ring.Used, 0));
        _ring.Send(_ring.Out(1));
        _memory.Guard = access => Assert.True(access.Address >= _ring.Descriptors && access.Address < _ring.Allocate(0));

        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var mine, out _));
        Assert.Equal(VirtqueuePop.Chain, other.TryPop(out var theirs, out _));
        Assert.True(_queue.Push(mine, 0));
        Assert.True(other.Push(theirs, 0));
        Assert.Equal(1, _ring.UsedIndex);
    }

    [Fact]
    public void A_state_that_comes_back_goes_on_where_it_was()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        _ring.Send(_ring.Out(1));
        _ring.Send(_ring.Out(2));
        _queue.Push(Pop(), 0);
        Pop();
        var state = _queue.State.Rewound;

        var next = new Virtqueue(5);
        Assert.True(next.TryRestore(_memory, state));

        Assert.True(next.NeedsInterrupt());
        Assert.Equal(VirtqueuePop.Chain, next.TryPop(out var again, out _));
        var read = new byte[1];
        again.Read(read);
        Assert.Equal(2, read[0]);
        next.Push(again, 0);
        Assert.Equal(2, _ring.UsedIndex);
        Assert.False(next.TryRestore(_memory, state with { Size = 7 }));
        Assert.False(next.IsReady);
        Assert.True(next.TryRestore(_memory, default));
    }
}
