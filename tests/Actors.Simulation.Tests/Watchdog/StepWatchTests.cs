namespace Actors.Simulation.Tests;

public sealed class StepWatchTests
{
    private readonly StepWatch _watch = new();

    [Fact]
    public void Steps_run_on_another_thread_and_are_over_when_the_call_returns()
    {
        var threads = new HashSet<int>();
        var runs = 0;

        for (var i = 0; i < 1_000; i++)
        {
            Run(() =>
            {
                threads.Add(Environment.CurrentManagedThreadId);
                runs++;
            });
        }

        Assert.Equal(1_000, runs);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
    }

    [Fact]
    public void Steps_may_ask_for_steps()
    {
        var order = new List<string>();

        Run(() =>
        {
            order.Add("begun");
            Run(() => order.Add("within"));
            order.Add("over");
        });

        Assert.Equal(["begun", "within", "over"], order);
    }

    [Fact]
    public void What_steps_throw_comes_where_they_were_asked_for_and_the_next_run_as_if_nothing_had_been()
    {
        var thrown = Assert.Throws<InvalidTimeZoneException>(() => Run(() => throw new InvalidTimeZoneException("a step's")));
        Assert.Equal("a step's", thrown.Message);

        var ran = false;
        Run(() => ran = true);
        Assert.True(ran);
    }

    [Fact]
    public void Steps_see_what_belongs_to_the_flow_of_who_asks()
    {
        var flow = new AsyncLocal<int>();
        var seen = new List<int>();

        for (var value = 1; value <= 3; value++)
        {
            flow.Value = value;
            Run(() => seen.Add(flow.Value));
        }

        Assert.Equal([1, 2, 3], seen);
    }

    private void Run(Action steps) => _watch.Run(steps, static () => 0, static () => "a step", new StepLimit(TimeSpan.FromMinutes(5)));
}
