using Actors.Protocol;
using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class IoRequestSlotsTests
{
    private static readonly string[] Steps = ["insert", "finish", "insert", "duplicate", "stale", "old-epoch", "reset"];
    private static readonly IoAccess Access = IoAccess.Out(0x2000, 4, 7);

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void There_are_one_to_sixteen_slots(int vcpus) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new IoRequestSlots(vcpus, 1));

    [Fact]
    public void Slots_begin_free() => Assert.All(Enumerable.Range(0, 16), i => Assert.Equal(IoRequestSlotState.Free, new IoRequestSlots(16, 1).StateOf(i)));

    [Fact]
    public void A_request_goes_round_free_pending_complete_free()
    {
        var slots = new IoRequestSlots(2, 1);

        Assert.True(slots.Insert(new IoRequest(1, 5, Access)));
        Assert.Equal(IoRequestSlotState.Pending, slots.StateOf(1));
        Assert.Equal(SlotCompletion.Accepted, slots.Finish(1, 1, 5, 99));
        Assert.Equal(IoRequestSlotState.Complete, slots.StateOf(1));
        Assert.Equal(new IoRequest(1, 5, Access), slots.PostWork(1, out var value));
        Assert.Equal(99UL, value);
        Assert.Equal(IoRequestSlotState.Free, slots.StateOf(1));
        Assert.Equal(IoRequestSlotState.Free, slots.StateOf(0));
    }

    [Fact]
    public void Insert_into_a_slot_that_is_not_free_is_refused_and_changes_nothing()
    {
        var slots = new IoRequestSlots(1, 1);
        slots.Insert(new IoRequest(0, 1, Access));

        Assert.False(slots.Insert(new IoRequest(0, 2, IoAccess.In(1, 1))));

        Assert.Equal(new IoRequest(0, 1, Access), slots.RequestIn(0));
        Assert.Equal(1, slots.RefusedInserts);
        Assert.Equal(1, slots.Pending);
    }

    [Theory]
    [InlineData(1u, 0, 2UL, "Stale")]
    [InlineData(1u, 0, 0UL, "Stale")]
    [InlineData(2u, 0, 1UL, "Stale")]
    [InlineData(0u, 0, 1UL, "Stale")]
    [InlineData(1u, 1, 1UL, "NoSuchVcpu")]
    [InlineData(1u, -1, 1UL, "NoSuchVcpu")]
    [InlineData(1u, int.MaxValue, 1UL, "NoSuchVcpu")]
    [InlineData(1u, 0, 1UL, "Accepted")]
    public void Only_the_outstanding_request_is_completed(uint epoch, int vcpu, ulong sequence, string expected)
    {
        var slots = new IoRequestSlots(1, 1);
        slots.Insert(new IoRequest(0, 1, Access));

        Assert.Equal(expected, slots.Finish(epoch, vcpu, sequence, 0).ToString());
        Assert.Equal(expected == "Accepted" ? 0 : 1, slots.Pending);
    }

    [Fact]
    public void A_completion_counts_once()
    {
        var slots = new IoRequestSlots(1, 1);
        slots.Insert(new IoRequest(0, 1, Access));
        slots.Finish(1, 0, 1, 5);

        Assert.Equal(SlotCompletion.Duplicate, slots.Finish(1, 0, 1, 6));
        slots.PostWork(0, out var value);
        Assert.Equal(SlotCompletion.Duplicate, slots.Finish(1, 0, 1, 7));

        Assert.Equal(5UL, value);
        Assert.Equal(2, slots.Duplicates);
    }

    [Fact]
    public void Post_work_needs_a_completed_slot() =>
        Assert.Throws<InvalidOperationException>(() => new IoRequestSlots(1, 1).PostWork(0, out _));

    [Fact]
    public void All_pending_requests_come_in_vcpu_order()
    {
        var slots = new IoRequestSlots(4, 1);
        slots.Insert(new IoRequest(3, 1, Access));
        slots.Insert(new IoRequest(1, 4, Access));
        slots.Insert(new IoRequest(2, 9, Access));
        slots.Finish(1, 2, 9, 0);

        var first = slots.AllPending(out var others);

        Assert.Equal(1, first.Vcpu);
        Assert.Equal([3], others.Select(o => o.Vcpu));
    }

    [Fact]
    public void A_request_is_unanswered_only_after_a_whole_period()
    {
        var slots = new IoRequestSlots(1, 1);
        slots.Insert(new IoRequest(0, 1, Access));

        Assert.False(slots.AnyUnanswered());
        Assert.True(slots.AnyUnanswered());
        slots.Finish(1, 0, 1, 0);
        slots.PostWork(0, out _);
        slots.Insert(new IoRequest(0, 2, Access));
        Assert.False(slots.AnyUnanswered());
    }

    /// <summary>I3, I4, I5: against a model that keeps only what may be outstanding.</summary>
    [Fact]
    public void Any_interleaving_keeps_the_automaton_one_request_a_vcpu_and_one_completion_a_request() => Gen.Select(
            Gen.Int[0, 6].Select(i => Steps[i]), Gen.Int[0, 2])
        .Array[0, 200]
        .Sample(steps =>
        {
            var slots = new IoRequestSlots(3, 1);
            uint epoch = 1;
            var outstanding = new ulong?[3];
            var next = new ulong[3];
            var applied = new HashSet<(uint Epoch, int Vcpu, ulong Sequence)>();
            foreach (var (step, vcpu) in steps)
            {
                switch (step)
                {
                    case "insert":
                        var inserted = slots.Insert(new IoRequest(vcpu, next[vcpu] + 1, Access));
                        Assert.Equal(outstanding[vcpu] is null, inserted);
                        if (inserted)
                            outstanding[vcpu] = ++next[vcpu];
                        break;
                    case "finish":
                        var accepted = slots.Finish(epoch, vcpu, outstanding[vcpu] ?? next[vcpu], 1) == SlotCompletion.Accepted;
                        Assert.Equal(outstanding[vcpu] is not null, accepted);
                        if (accepted)
                        {
                            Assert.True(applied.Add((epoch, vcpu, outstanding[vcpu]!.Value)));
                            slots.PostWork(vcpu, out _);
                            outstanding[vcpu] = null;
                        }

                        break;
                    case "duplicate":
                        var last = outstanding[vcpu] is null ? next[vcpu] : next[vcpu] - 1;
                        Assert.NotEqual(SlotCompletion.Accepted, slots.Finish(epoch, vcpu, last, 1));
                        break;
                    case "stale":
                        Assert.NotEqual(SlotCompletion.Accepted, slots.Finish(epoch, vcpu, next[vcpu] + 1, 1));
                        break;
                    case "old-epoch":
                        Assert.NotEqual(SlotCompletion.Accepted, slots.Finish(epoch - 1, vcpu, next[vcpu], 1));
                        break;
                    default:
                        slots.Reset(++epoch);
                        Array.Clear(outstanding);
                        Array.Clear(next);
                        break;
                }

                Assert.Equal(outstanding.Count(o => o is not null), slots.Pending);
                for (var i = 0; i < 3; i++)
                    Assert.Equal(outstanding[i] is null ? IoRequestSlotState.Free : IoRequestSlotState.Pending, slots.StateOf(i));
            }
        });

    [Fact]
    public void Every_edge_is_reported_once_by_its_owner()
    {
        var trace = new RecordingTrace();
        var slots = new IoRequestSlots(1, 1, new VmId(3), trace);

        slots.Insert(new IoRequest(0, 5, IoAccess.In(0x60, 1)));
        slots.Insert(new IoRequest(0, 6, IoAccess.In(0x60, 1)));
        slots.Finish(1, 0, 5, 0);
        slots.Finish(1, 0, 5, 0);
        slots.PostWork(0, out _);
        slots.Insert(new IoRequest(0, 6, IoAccess.In(0x60, 1)));
        slots.Reset(2);

        Assert.Equal(
            [
                new SlotStep(new VmId(3), 1, 0, 0, IoRequestSlotState.Free, IoRequestSlotState.Free, SlotOwner.Setup),
                new SlotStep(new VmId(3), 1, 0, 5, IoRequestSlotState.Free, IoRequestSlotState.Pending, SlotOwner.Hypervisor),
                new SlotStep(new VmId(3), 1, 0, 5, IoRequestSlotState.Complete, IoRequestSlotState.Free, SlotOwner.Hypervisor),
                new SlotStep(new VmId(3), 1, 0, 6, IoRequestSlotState.Free, IoRequestSlotState.Pending, SlotOwner.Hypervisor),
                new SlotStep(new VmId(3), 2, 0, 6, IoRequestSlotState.Pending, IoRequestSlotState.Free, SlotOwner.Setup),
            ],
            trace.Slots);
    }
}
