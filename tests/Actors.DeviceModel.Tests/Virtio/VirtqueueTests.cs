using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

public sealed class VirtqueueTests
{
    private readonly TestMemory _memory = new();
    private readonly Virtqueue _queue = new(3);
    private readonly DriverRing _ring;

    public VirtqueueTests() => _ring = new DriverRing(_memory, 0x1000, 8);

    private void Enable(ulong features = 0) =>
        Assert.True(_queue.TryEnable(_memory, _ring.Size, _ring.Descriptors, _ring.Available, _ring.Used, features));

    private DescriptorChain Pop()
    {
        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var chain, out _));
        return chain;
    }

    [Fact]
    public void A_queue_that_is_not_set_up_gives_nothing_and_takes_nothing()
    {
        Assert.Equal(VirtqueuePop.Empty, _queue.TryPop(out var chain, out _));
        Assert.Null(chain);
        Assert.False(_queue.NeedsInterrupt());
        Assert.False(_queue.EnableKicks());
        _queue.DisableKicks();
        Assert.Equal(0, _queue.Size);
        Assert.Equal(0, _memory.Accesses);
    }

    [Fact]
    public void A_chain_is_read_and_written_over_any_framing()
    {
        Enable();
        _ring.Send(_ring.Out(1, 2), _ring.Out(3), _ring.Out(4, 5, 6), _ring.In(2), _ring.In(3));

        var chain = Pop();

        Assert.Equal((6UL, 5UL), (chain.ReadableLength, chain.WritableLength));
        var some = new byte[4];
        Assert.Equal(4, chain.Peek(some));
        Assert.Equal(4, chain.Read(some));
        Assert.Equal([1, 2, 3, 4], some);
        Assert.Equal(2UL, chain.ReadableLeft);
        Assert.Equal(2, chain.Read(some));
        Assert.Equal([5, 6], some[..2]);
        Assert.Equal(0, chain.Read(some));
        Assert.Equal(5, chain.Write([9, 8, 7, 6, 5, 4, 3]));
        Assert.Equal(5U, chain.Written);
        Assert.Equal(0UL, chain.WritableLeft);
        Assert.Equal(1, _queue.InFlight);
        Assert.True(_queue.Push(chain, 5));
        Assert.Equal(0, _queue.InFlight);
        Assert.Equal(1, _ring.UsedIndex);
        Assert.Equal((0U, 5U), _ring.UsedElement(0));
    }

    [Fact]
    public void The_used_length_is_never_more_than_what_was_written()
    {
        Enable();
        _ring.Send(_ring.In(16));
        var chain = Pop();
        chain.Write([1, 2, 3]);

        _queue.Push(chain, 16);

        Assert.Equal(3U, _ring.UsedElement(0).Length);
    }

    [Fact]
    public void Chains_of_an_earlier_life_and_chains_given_back_twice_have_no_effect()
    {
        Enable();
        _ring.Send(_ring.In(4));
        _ring.Send(_ring.In(4));
        var (old, twice) = (Pop(), Pop());
        _queue.Push(twice, 0);
        _queue.Push(twice, 0);
        Assert.Equal(1, _ring.UsedIndex);

        _queue.Reset();
        Enable();
        Assert.True(_queue.Push(old, 0));

        Assert.Equal(1, _ring.UsedIndex);
        Assert.Equal(0, _queue.InFlight);
    }

    [Fact]
    public void In_steady_state_a_chain_allocates_nothing()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        var buffer = new byte[64];
        var part = _ring.Out(1, 2, 3);
        void Once()
        {
            _ring.Descriptor(0, part.Address, part.Length);
            _ring.Offer(0);
            _queue.TryPop(out var chain, out _);
            chain.Read(buffer);
            _queue.Push(chain, 0);
            _queue.NeedsInterrupt();
            _queue.TryPop(out _, out _);
        }

        Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Once();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_queue_that_was_never_set_up_is_small()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var queue = new Virtqueue(0);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        // Else an optimized build of this test needs no heap for it.
        GC.KeepAlive(queue);
        Assert.InRange(bytes, 1, 150);
        Assert.False(queue.IsReady);
    }

    /// <summary>Invariants I10, I12, I29: any framing of the same bytes reads and writes the same, and nothing else of RAM changes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Framing_means_nothing(bool indirect)
    {
        var lengths = Gen.Int[0, 9].Array[0, 4];
        Gen.Select(lengths, lengths, Gen.Int[1, 13], Gen.Int[1, 13], Gen.Int[0, 40]).Sample(
            (readable, writable, readStep, writeStep, answer) =>
            {
                var memory = new TestMemory(0x6000);
                var ring = new DriverRing(memory, 0x1000, 16);
                var queue = new Virtqueue(0);
                Assert.True(queue.TryEnable(memory, 16, ring.Descriptors, ring.Available, ring.Used, VirtioSpec.FeatureIndirectDescriptors));
                memory.Ram.AsSpan((int)ring.Buffers).Fill(0xEE);
                byte next = 0;
                var parts = readable.Select(length => ring.Out(Enumerable.Range(0, length).Select(_ => next++).ToArray()))
                    .Concat(writable.Select(ring.In)).DefaultIfEmpty(new Part(0, 0, false)).ToArray();
                if (indirect)
                {
                    var table = ring.Allocate(16 * parts.Length);
                    for (var i = 0; i < parts.Length; i++)
                    {
                        var flags = (parts[i].Writable ? VirtioSpec.DescriptorWrite : 0) | (i < parts.Length - 1 ? VirtioSpec.DescriptorNext : 0);
                        ring.DescriptorIn(table, i, parts[i].Address, parts[i].Length, (ushort)flags, (ushort)(i + 1));
                    }

                    ring.Descriptor(3, table, 16 * (uint)parts.Length, VirtioSpec.DescriptorIndirect);
                    ring.Offer(3);
                }
                else
                {
                    ring.Send(parts);
                }

                var expected = memory.Ram.ToArray();
                Assert.Equal(VirtqueuePop.Chain, queue.TryPop(out var chain, out _));
                var (read, piece) = (new List<byte>(), new byte[readStep]);
                while (chain.Read(piece) is > 0 and var count)
                    read.AddRange(piece[..count]);
                Assert.Equal(Enumerable.Range(0, next).Select(i => (byte)i), read);

                var content = Enumerable.Range(0, answer).Select(i => (byte)(0x80 + i)).ToArray();
                var written = 0;
                for (var at = 0; at < answer; at += writeStep)
                    written += chain.Write(content.AsSpan(at, Math.Min(writeStep, answer - at)));
                Assert.Equal(Math.Min(answer, writable.Sum()), written);
                Assert.Equal((uint)written, chain.Written);

                var left = content.AsSpan(0, written);
                foreach (var part in parts)
                {
                    if (!part.Writable)
                        continue;
                    var here = Math.Min((int)part.Length, left.Length);
                    left[..here].CopyTo(expected.AsSpan((int)part.Address));
                    left = left[here..];
                }

                Assert.Equal(expected, memory.Ram);
            },
            iter: 2000);
    }
}
