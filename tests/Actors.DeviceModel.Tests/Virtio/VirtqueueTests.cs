using Actors.Protocol;

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
}
