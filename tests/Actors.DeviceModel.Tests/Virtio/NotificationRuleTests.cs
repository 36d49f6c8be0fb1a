using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>When a device interrupts, and when a driver kicks (virtio 1.2 clause 2.7.7, 2.7.10).</summary>
public sealed class NotificationRuleTests
{
    private readonly TestMemory _memory = new();
    private readonly Virtqueue _queue = new(0);
    private readonly DriverRing _ring;

    public NotificationRuleTests() => _ring = new DriverRing(_memory, 0x1000, 8);

    private void Enable(ulong features) =>
        Assert.True(_queue.TryEnable(_memory, _ring.Size, _ring.Descriptors, _ring.Available, _ring.Used, features));

    private void Use()
    {
        _ring.Send(_ring.Out(1));
        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var chain, out _));
        _queue.Push(chain, 0);
    }

    /// <summary>Row 58: the formula agrees with the plain words "has the index moved past the event since I last asked".</summary>
    [Fact]
    public void Row58_EVENT_IDX_interrupts_exactly_when_the_used_index_passed_the_event()
    {
        Gen.Select(Gen.UShort, Gen.Int[0, 12], Gen.Int[-6, 20]).Array[1, 30].Sample(
            rounds =>
            {
                var queue = new Virtqueue(0);
                var memory = new TestMemory(0x4000);
                var ring = new DriverRing(memory, 0x1000, 8);
                var start = rounds[0].Item1;
                Assert.True(queue.TryRestore(
                    memory,
                    new VirtqueueState(true, 8, ring.Descriptors, ring.Available, ring.Used, start, start, VirtioSpec.FeatureEventIndex)));
                ring.AvailableIndex = start;
                queue.NeedsInterrupt();
                ring.Descriptor(0, ring.Descriptors, 1);
                var used = start;
                foreach (var (_, count, ahead) in rounds)
                {
                    var wanted = (ushort)(used + ahead);
                    ring.UsedEvent = wanted;
                    var passed = false;
                    for (var i = 0; i < count; i++)
                    {
                        ring.Offer(0);
                        Assert.Equal(VirtqueuePop.Chain, queue.TryPop(out var chain, out _));
                        queue.Push(chain, 0);

                        // The entry at index "wanted" was just used.
                        passed |= used == wanted;
                        used++;
                    }

                    Assert.Equal(passed, queue.NeedsInterrupt());
                }
            },
            iter: 300);
    }

    [Fact]
    public void Many_uses_between_two_questions_are_never_forgotten()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        _ring.UsedEvent = 0;
        for (var i = 0; i < 65_536; i++)
        {
            _ring.Descriptor(0, _ring.Buffers, 1);
            _ring.Offer(0);
            Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var chain, out _));
            _queue.Push(chain, 0);
        }

        Assert.True(_queue.NeedsInterrupt());
    }

    [Fact]
    public void NOTIFY_ON_EMPTY_interrupts_against_the_drivers_wish_when_everything_is_used()
    {
        Enable(VirtioSpec.FeatureNotifyOnEmpty);
        _ring.AvailableFlags = VirtioSpec.AvailNoInterrupt;
        _ring.Send(_ring.Out(1));
        Use();
        Assert.False(_queue.NeedsInterrupt());

        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var last, out _));
        _queue.Push(last, 0);
        Assert.True(_queue.NeedsInterrupt());
        Assert.False(_queue.NeedsInterrupt());
    }

    [Fact]
    public void The_question_comes_after_a_fence()
    {
        Enable(0);
        Use();
        var fences = _memory.Fences;

        _queue.NeedsInterrupt();

        Assert.True(_memory.Fences > fences);
    }

    [Fact]
    public void Without_EVENT_IDX_kicks_are_switched_by_the_used_flags()
    {
        Enable(0);
        _queue.DisableKicks();
        Assert.Equal(VirtioSpec.UsedNoNotify, _ring.UsedFlags);
        Assert.False(_queue.EnableKicks());
        Assert.Equal(0, _ring.UsedFlags);

        _queue.DisableKicks();
        _ring.Send(_ring.Out(1));
        Assert.True(_queue.EnableKicks());
    }

    [Fact]
    public void With_EVENT_IDX_popping_until_empty_asks_for_the_next_kick()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        Use();
        Use();
        Assert.Equal(0, _ring.AvailEvent);

        Assert.Equal(VirtqueuePop.Empty, _queue.TryPop(out _, out _));

        Assert.Equal(2, _ring.AvailEvent);
        Assert.Equal(0, _ring.UsedFlags);
    }

    [Fact]
    public void With_EVENT_IDX_and_kicks_off_the_event_stays_behind_until_they_are_wanted_again()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        _queue.DisableKicks();
        Use();
        Assert.Equal(VirtqueuePop.Empty, _queue.TryPop(out _, out _));
        Assert.Equal(0, _ring.AvailEvent);

        Assert.False(_queue.EnableKicks());
        Assert.Equal(1, _ring.AvailEvent);
    }

    /// <summary>A chain that comes between the look and the wish is not slept through.</summary>
    [Fact]
    public void A_chain_that_arrives_while_the_kick_is_asked_for_is_found()
    {
        Enable(VirtioSpec.FeatureEventIndex);
        var part = _ring.Out(9);
        var looks = 0;
        _memory.AfterRead = access =>
        {
            if (access.Address == _ring.Available + VirtioSpec.AvailIndex && ++looks == 1)
                _ring.Send(part);
        };

        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out _, out _));
    }

    [Fact]
    public void Publication_goes_payload_then_element_then_index()
    {
        Enable(0);
        _ring.Send(_ring.In(4));
        Assert.Equal(VirtqueuePop.Chain, _queue.TryPop(out var chain, out _));
        _memory.Log = [];
        chain.Write([1, 2, 3, 4]);
        _queue.Push(chain, 4);

        Assert.Equal(
            [_ring.Buffers, _ring.Used + VirtioSpec.UsedRing, _ring.Used + VirtioSpec.UsedIndex],
            _memory.Log.Where(access => access.IsWrite).Select(access => access.Address));
    }
}
