using CsCheck;

namespace Actors.Hypervisor.Tests;

/// <summary>What is lost, repeated, reordered on the way of an interrupt: F01, F02, F04.</summary>
public sealed class InterruptReplayFilterTests
{
    [Fact]
    public void Each_interrupt_is_admitted_once_whatever_the_order_within_the_window() =>
        Gen.Int[1, 60].Array[0, 300].Sample(sequences =>
        {
            var filter = new InterruptReplayFilter();
            var seen = new HashSet<int>();
            foreach (var sequence in sequences)
                Assert.Equal(seen.Add(sequence), filter.Admit(5, (ulong)sequence, oldest: 1).IsNew);
        });

    [Fact]
    public void Sources_are_apart()
    {
        var filter = new InterruptReplayFilter();

        Assert.True(filter.Admit(1, 1, 1).IsNew);
        Assert.True(filter.Admit(2, 1, 1).IsNew);
        Assert.False(filter.Admit(1, 1, 1).IsNew);
        Assert.Equal(1, filter.Repeated);
    }

    [Theory]
    [InlineData(100UL, 37UL, true)]
    [InlineData(100UL, 36UL, false)]
    [InlineData(100UL, 0UL, false)]
    [InlineData(ulong.MaxValue, ulong.MaxValue - 63, true)]
    [InlineData(ulong.MaxValue, 1UL, false)]
    public void The_window_of_a_sender_that_keeps_nothing_follows_its_newest(ulong newest, ulong late, bool admitted)
    {
        var filter = new InterruptReplayFilter();
        filter.Admit(1, newest, 0);

        Assert.Equal(admitted, filter.Admit(1, late, 0).IsNew);
    }

    [Fact]
    public void Sequence_zero_does_not_exist() => Assert.Equal(default, new InterruptReplayFilter().Admit(1, 0, 0));

    [Fact]
    public void Sources_have_a_bound_and_known_ones_go_on()
    {
        var filter = new InterruptReplayFilter();
        for (var i = 0; i < InterruptReplayFilter.MaxSources; i++)
            filter.Admit((ulong)i, 1, 1);

        Assert.Equal(default, filter.Admit(1 << 20, 1, 1));
        Assert.True(filter.Admit(17, 2, 2).IsNew);
        Assert.Equal(1, filter.TooManySources);
    }

    [Fact]
    public void A_new_epoch_counts_again()
    {
        var filter = new InterruptReplayFilter();
        filter.Admit(1, 1, 1);
        filter.Clear();

        Assert.True(filter.Admit(1, 1, 1).IsNew);
    }

    [Fact]
    public void In_order_one_in_32_is_acknowledged()
    {
        var filter = new InterruptReplayFilter();
        var told = new List<ulong>();
        for (ulong i = 1; i <= 100; i++)
        {
            if (filter.Admit(1, i, oldest: told.Count == 0 ? 1 : told[^1] + 1) is { IsTold: true } admission)
                told.Add(admission.Floor);
        }

        Assert.Equal([32, 64, 96], told);
    }

    [Fact]
    public void A_repeat_of_the_oldest_is_acknowledged_and_of_the_others_not()
    {
        var filter = new InterruptReplayFilter();
        for (ulong i = 1; i <= 5; i++)
            filter.Admit(1, i, 1);

        Assert.Equal(new InterruptAdmission(IsNew: false, IsTold: true, Floor: 5), filter.Admit(1, 1, 1));
        Assert.Equal(new InterruptAdmission(IsNew: false, IsTold: false, Floor: 5), filter.Admit(1, 3, 1));
    }

    [Fact]
    public void A_gap_is_told_when_it_opens_and_when_it_is_filled()
    {
        var filter = new InterruptReplayFilter();
        filter.Admit(1, 1, 1);

        Assert.Equal(new InterruptAdmission(IsNew: true, IsTold: true, Floor: 1), filter.Admit(1, 3, 1));
        Assert.Equal(new InterruptAdmission(IsNew: true, IsTold: false, Floor: 1), filter.Admit(1, 4, 1));
        Assert.Equal(new InterruptAdmission(IsNew: true, IsTold: true, Floor: 4), filter.Admit(1, 2, 1));
        Assert.Equal(1, filter.Gaps);
    }

    [Fact]
    public void What_is_too_far_ahead_of_a_missing_one_is_refused_and_admitted_later()
    {
        var filter = new InterruptReplayFilter();

        Assert.False(filter.Admit(1, 65, 1).IsNew);
        Assert.Equal(1, filter.Ahead);
        Assert.True(filter.Admit(1, 1, 1).IsNew);
        Assert.True(filter.Admit(1, 65, 1).IsNew);
    }

    [Fact]
    public void Nobody_waits_for_what_its_sender_gave_up()
    {
        var filter = new InterruptReplayFilter();
        filter.Admit(1, 1, 1);
        filter.Admit(1, 4, 1);

        Assert.True(filter.Admit(1, 1_000, oldest: 1_000).IsNew);
        Assert.Equal(new InterruptAdmission(IsNew: false, IsTold: true, Floor: 1_000), filter.Admit(1, 1_000, 1_000));
        Assert.False(filter.Admit(1, 3, 1).IsNew);
    }

    /// <summary>A sender that keeps what isn't acknowledged, over a link that loses, repeats and reorders.</summary>
    [Fact]
    public void Over_a_bad_link_every_interrupt_is_applied_exactly_once_and_the_sender_ends_with_nothing_kept() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[0, 99].Array[500]).Sample((count, chances) =>
        {
            var filter = new InterruptReplayFilter();
            var applied = new List<ulong>();
            var kept = new SortedSet<ulong>();
            var link = new List<(ulong Sequence, ulong Oldest)>();
            var chance = 0;
            ulong last = 0;

            int Draw() => chance < chances.Length ? chances[chance++] : 99;
            void Arrive((ulong Sequence, ulong Oldest) message)
            {
                var admission = filter.Admit(9, message.Sequence, message.Oldest);
                if (admission.IsNew)
                    applied.Add(message.Sequence);
                if (admission.IsTold && Draw() >= 20)
                    kept.RemoveWhere(sequence => sequence <= admission.Floor);
            }

            for (var round = 0; round < 1_000 && (last < (ulong)count || kept.Count > 0); round++)
            {
                if (last < (ulong)count)
                    kept.Add(++last);
                foreach (var sequence in last < (ulong)count ? [last] : kept.ToArray())
                    link.Add((sequence, kept.Min));
                for (var i = link.Count - 1; i >= 0; i--)
                {
                    var draw = Draw();
                    if (draw >= 10 && draw < 20)
                        continue;
                    if (draw >= 20)
                        Arrive(link[i]);
                    if (draw is < 10 or >= 30)
                        link.RemoveAt(i);
                }
            }

            Assert.Empty(kept);
            Assert.Equal(count, applied.Count);
            Assert.Equal(count, applied.Distinct().Count());
        });
}
