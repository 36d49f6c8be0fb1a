namespace Actors.Simulation.Tests;

public sealed class LinkLatencyTests
{
    private static readonly Plan Plan = new()
    {
        Name = "slow links",
        Topology = new() { Latency = new PlanLatency(TimeSpan.FromMicroseconds(50), TimeSpan.FromMicroseconds(200)) },
    };

    [Fact]
    public void Messages_are_under_way_for_at_least_the_minimum()
    {
        using var host = new SimHost();
        var watch = new Watch();

        var result = host.Run(new RunRequest(Plan, 1) { Observers = [watch] });

        Assert.Equal(RunVerdict.Passed, result.Verdict);
        Assert.True(watch.Arrived > 500, $"only {watch.Arrived} messages came over links");
        Assert.True(watch.Shortest >= TimeSpan.FromMicroseconds(50).Ticks, $"one took {watch.Shortest} ticks");
    }

    [Fact]
    public void What_one_actor_sends_another_keeps_its_order()
    {
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var watch = new Watch();
            host.Run(new RunRequest(Plan, seed) { Observers = [watch] });

            Assert.Equal(0, watch.Overtakings);
        }
    }

    private sealed class Watch : WorldObserver
    {
        private readonly Dictionary<int, (long Ticks, long Pair)> _sent = [];
        private readonly Dictionary<long, int> _latest = [];

        public int Arrived { get; private set; }

        public int Overtakings { get; private set; }

        public long Shortest { get; private set; } = long.MaxValue;

        public override WorldInterest Interest => WorldInterest.Send | WorldInterest.Receive;

        public override void OnSend(in Moment moment, in SendEvent send)
        {
            if (send.Site is not null)
                _sent[moment.Sequence] = (moment.Ticks, ((long)send.From << 32) | (uint)send.To);
        }

        public override void OnReceive(in Moment moment, in ReceiveEvent receive)
        {
            if (!_sent.TryGetValue(moment.Cause, out var sent))
                return;
            Arrived++;
            Shortest = Math.Min(Shortest, moment.Ticks - sent.Ticks);
            if (_latest.GetValueOrDefault(sent.Pair) > moment.Cause)
                Overtakings++;
            _latest[sent.Pair] = moment.Cause;
        }
    }
}
