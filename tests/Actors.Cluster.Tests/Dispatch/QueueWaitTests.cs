using System.Diagnostics;
using CsCheck;

namespace Actors.Cluster.Tests;

/// <summary>A run queue as a list, oldest first, of when each entry came; every look is one second after the last.</summary>
public sealed class QueueWaitTests
{
    private readonly QueueWait _wait = new();
    private readonly List<int> _queue = [];
    private int _looks;

    [Fact]
    public void An_empty_queue_waits_for_nothing() => Assert.Equal([0, 0, 0], [Look(), Look(), Look()]);

    [Fact]
    public void Who_goes_between_two_looks_has_not_waited()
    {
        Push(3);
        Look();
        TakeOldest(3);

        Assert.Equal(0, Look());
    }

    [Fact]
    public void Who_still_waits_counts_as_long_as_he_does()
    {
        Push(2);
        Look();
        TakeOldest(1);

        Assert.Equal([1, 2, 3], [Look(), Look(), Look()]);
    }

    [Fact]
    public void Later_entries_that_go_first_do_not_end_the_wait_of_older_ones()
    {
        Push(2);
        Look();
        Push(5);
        TakeNewest(5);

        Assert.Equal(1, Look());
        TakeNewest(1);
        Assert.Equal(2, Look());
    }

    [Fact]
    public void The_last_wait_is_known_until_the_next_is()
    {
        Push(1);
        Look();
        Assert.Equal([1, 2], [Look(), Look()]);
        TakeNewest(1);
        Push(1);

        // Between the third look and this one it went; from here on the new one is followed.
        Assert.Equal([2, 2, 2, 3], [Look(), Look(), Look(), Look()]);
    }

    [Fact]
    public void A_queue_that_was_left_is_soon_forgotten()
    {
        Push(1);
        Look();
        Look();
        TakeOldest(1);

        Assert.Equal([1, 0], [Look(), Look()]);
    }

    [Fact]
    public void It_never_tells_of_more_than_somebody_waited()
    {
        Gen.Int[0, 3].Select(Gen.Int[1, 4]).List[1, 200].Sample(steps =>
        {
            var test = new QueueWaitTests();
            var most = 0;
            foreach (var (step, count) in steps)
            {
                switch (step)
                {
                    case 0:
                        test.Push(count);
                        break;
                    case 1:
                        most = Math.Max(most, test.TakeOldest(count));
                        break;
                    case 2:
                        most = Math.Max(most, test.TakeNewest(count));
                        break;
                    default:
                        most = Math.Max(most, test.LongestWait());
                        Assert.InRange(test.Look(), 0, most);
                        break;
                }
            }
        });
    }

    private int LongestWait() => _queue.Count == 0 ? 0 : _looks - _queue.Min();

    private void Push(int count)
    {
        for (var i = 0; i < count; i++)
            _queue.Add(_looks);
    }

    private int TakeOldest(int count) => Take(count, () =>
    {
        var came = _queue[0];
        _queue.RemoveAt(0);
        _wait.OldestTaken();
        return came;
    });

    private int TakeNewest(int count) => Take(count, () =>
    {
        var came = _queue[^1];
        _queue.RemoveAt(_queue.Count - 1);
        _wait.NewestTaken(_queue.Count);
        return came;
    });

    private int Take(int count, Func<int> takeOne)
    {
        var longest = 0;
        for (var i = 0; i < count && _queue.Count > 0; i++)
            longest = Math.Max(longest, _looks - takeOne());
        return longest;
    }

    /// <summary>Whole seconds.</summary>
    private int Look() => (int)_wait.Measure(_queue.Count, _looks++ * Stopwatch.Frequency).TotalSeconds;
}
