namespace Actors.DeviceModel.Tests;

/// <summary>What of its interrupts a device keeps until the hypervisor has them.</summary>
public sealed class UnseenInterruptTests
{
    [Fact]
    public void Of_equal_messages_the_last_is_kept()
    {
        var unseen = new UnseenMessages();
        unseen.Add(1, 0xFEE0_0000, 1);
        unseen.Add(2, 0xFEE0_0000, 2);
        unseen.Add(3, 0xFEE0_0000, 1);

        Assert.Equal(2UL, unseen.Oldest);
        Assert.False(unseen.Take(2, out _));
        Assert.Equal(3UL, unseen.Oldest);
        Assert.False(unseen.Take(3, out _));
        Assert.False(unseen.IsAny);
    }

    [Fact]
    public void One_is_repeated_after_a_whole_period_without_a_word_and_none_when_all_are_known()
    {
        var unseen = new UnseenMessages();
        unseen.Add(1, 0xFEE0_0000, 7);
        Assert.False(unseen.Repeat(out _));
        Assert.True(unseen.Repeat(out var oldest));
        Assert.Equal((1UL, 7U), (oldest.Sequence, oldest.Data));
        unseen.Take(1, out _);
        Assert.False(unseen.Repeat(out _));
        Assert.False(unseen.Repeat(out _));
    }

    [Fact]
    public void An_acknowledgement_that_says_nothing_new_asks_for_the_one_behind_it()
    {
        var unseen = new UnseenMessages();
        for (var i = 1U; i <= 5; i++)
            unseen.Add(i, 0xFEE0_0000, i);
        Assert.False(unseen.Take(2, out _));
        Assert.True(unseen.Take(2, out var missing));
        Assert.Equal(3UL, missing.Sequence);
    }

    [Fact]
    public void A_guest_that_changes_its_vectors_without_end_costs_bounded_memory()
    {
        var unseen = new UnseenMessages();
        for (var i = 1U; i <= 1000; i++)
            unseen.Add(i, 0xFEE0_0000, i);
        Assert.Equal(1001UL - UnseenMessages.Most, unseen.Oldest);
    }

    [Fact]
    public void A_lines_last_level_is_told_until_it_is_known()
    {
        var lines = new IntxLines();
        Assert.True(lines.TryChange(16, true, out var high));
        Assert.True(lines.TryChange(16, false, out var low));
        Assert.Empty(lines.Repeat());
        Assert.Equal(low, Assert.Single(lines.Repeat()));

        Assert.False(lines.Take(IntxLines.SourceOf(16), high.Sequence, out _));
        Assert.True(lines.IsOutstanding);
        Assert.True(lines.Take(IntxLines.SourceOf(16), high.Sequence, out var missing));
        Assert.Equal(low, missing);
        Assert.False(lines.Take(IntxLines.SourceOf(16), low.Sequence, out _));
        Assert.False(lines.IsOutstanding);
        Assert.Empty(lines.Repeat());
    }

    [Fact]
    public void Nobody_is_believed_who_acknowledges_what_was_never_said()
    {
        var lines = new IntxLines();
        lines.TryChange(16, true, out _);
        Assert.False(lines.Take(IntxLines.SourceOf(16), 99, out _));
        Assert.False(lines.Take(IntxLines.SourceOf(200), 1, out _));
        Assert.False(lines.Take(5, 1, out _));
        Assert.True(lines.IsOutstanding);
    }
}
