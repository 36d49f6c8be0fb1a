using Actors.Cluster;
using Actors.Simulation;

namespace Actors.Cli.Tests;

/// <summary>What rules of a plan make happen to processes, without any.</summary>
public sealed class RealFaultsTests
{
    [Fact]
    public async Task A_crash_kills_at_its_visit_and_brings_the_node_back()
    {
        await using var cluster = new Recorded(3);
        var faults = Faults("{ id: x, site: node, do: node-crash, nth: 3, select: { node: 1 }, restart: 1s }", cluster);
        Beats(faults, 0, 20);
        Assert.Equal(["kill 1 at 2", "start 1 at 12"], cluster.Did);
        Assert.True(faults.IsSpent);
        Assert.Equal(new FaultCount("x", "F76", 1, 1, 1), faults.Counts.Single() with { Visits = 0 });
    }

    [Fact]
    public Task A_pause_stops_and_resumes() =>
        Does(3, "{ id: x, site: node, do: node-pause, nth: 1, select: { node: 2 }, length: 500ms }", beats: 10, "pause 2 at 0", "resume 2 at 5");

    [Fact]
    public Task A_slow_node_runs_for_a_beat_and_stands_still_for_the_cost_of_a_message() =>
        Does(2, "{ id: x, site: node, do: node-slow, nth: 1, select: { node: 0 }, each: 200ms, duration: 600ms }", beats: 10, "pause 0 at 0", "resume 0 at 2", "pause 0 at 3", "resume 0 at 5", "resume 0 at 6");

    [Fact]
    public async Task A_partition_cuts_ways_and_is_healed()
    {
        await using var cluster = new Recorded(3);
        var faults = Faults("{ id: x, site: network, do: one-way, direction: out, nth: 1, duration: 300ms }", cluster);
        Beats(faults, 0, 1);
        Assert.Equal(2, Ways(cluster).Count(way => !way.IsPlain));
        Assert.False(faults.IsHealed);
        Beats(faults, 1, 10);
        Assert.All(Ways(cluster), way => Assert.True(way.IsPlain));
    }

    [Fact]
    public async Task All_that_is_open_is_healed_at_once()
    {
        await using var cluster = new Recorded(3);
        var faults = Faults("{ id: x, site: network, do: swizzle-clog, nth: 1, duration: 1s }, { id: y, site: node, do: node-pause, nth: 1, length: 20s, select: { node: 0 } }", cluster);
        Beats(faults, 0, 8);
        faults.Heal();
        Assert.True(faults.IsHealed);
        Assert.All(Ways(cluster), way => Assert.True(way.IsPlain));
        Assert.Equal("resume 0 at 7", cluster.Did[^1]);
    }

    [Fact]
    public Task An_upgrade_leaves_first_and_comes_back_with_other_wire_types() =>
        Does(3, "{ id: x, site: node, do: upgrade, nth: 1, select: { node: 1 }, duration: 1s }", beats: 12, "replace 1 foreign at 0", "restore 1 at 10");

    [Fact]
    public Task An_upgrade_to_the_same_version_is_left_to_leave_for_as_long_as_it_takes() =>
        Does(3, "{ id: x, site: node, do: upgrade, version: same, nth: 1, select: { node: 1 }, duration: 1s }", beats: 30, "replace 1 at 0");

    [Theory]
    [InlineData("double", "duration: 1s", 100)]
    [InlineData("lose-lease", "", 140)]
    public async Task A_node_goes_on_when_others_have_taken_its_place_and_is_still_cut_off(string kind, string more, int healed)
    {
        await using var cluster = new Recorded(3);
        var faults = Faults($"{{ id: x, site: node, do: {kind}, nth: 1, select: {{ node: 2 }}{(more.Length == 0 ? "" : ", " + more)} }}", cluster, "cluster: { detection: 4s, stableAfter: 2s }");
        Beats(faults, 0, 95);
        Assert.Equal(["pause 2 at 0", "resume 2 at 90"], cluster.Did);
        Assert.Equal(4, Ways(cluster).Count(way => !way.IsPlain));
        Beats(faults, 95, healed);
        Assert.False(faults.IsHealed);
        Beats(faults, healed, healed + 1);
        Assert.True(faults.IsHealed);
        Assert.All(Ways(cluster), way => Assert.True(way.IsPlain));
    }

    [Fact]
    public async Task A_member_that_stands_still_is_a_node_that_is_cut_off_and_works()
    {
        await using var cluster = new Recorded(3);
        var faults = Faults("{ id: x, site: actor, do: pause, path: n1-member, nth: 1, length: 500ms }", cluster);
        Beats(faults, 0, 1);
        Assert.All(Enumerable.Range(0, 3).Where(node => node != 1), node => Assert.False(cluster.Network[node, 1].IsPlain || cluster.Network[1, node].IsPlain));
        Beats(faults, 1, 6);
        Assert.All(Ways(cluster), way => Assert.True(way.IsPlain));
        Assert.Empty(cluster.Did);
    }

    [Fact]
    public async Task A_total_restart_kills_all_and_brings_them_back_one_after_the_other()
    {
        await using var cluster = new Recorded(3);
        Beats(Faults("{ id: x, site: node, do: total-restart, nth: 1, away: 500ms, gap: 200ms }", cluster), 0, 15);
        Assert.Equal(3, cluster.Did.Take(3).Count(what => what.StartsWith("kill", StringComparison.Ordinal) && what.EndsWith("at 0", StringComparison.Ordinal)));
        Assert.Equal([5, 7, 9], cluster.Did.Skip(3).Select(what => int.Parse(what.Split(' ')[^1], null)));
    }

    [Fact]
    public Task A_calendar_is_off_for_a_while_and_right_again() =>
        Does(3, "{ id: x, site: node, do: skew, nth: 1, select: { node: 1 }, direction: back, by: 60s, duration: 300ms }, { id: y, site: node, do: jump, nth: 2, select: { node: 1 }, direction: forward, by: 5s, duration: 500ms }", beats: 10, "clock 1 -60 s 0 ppm at 0", "clock 1 -55 s 0 ppm at 1", "clock 1 5 s 0 ppm at 3", "clock 1 0 s 0 ppm at 6");

    [Fact]
    public Task A_clock_runs_at_another_rate_for_a_while() =>
        Does(3, "{ id: x, site: node, do: drift, nth: 1, select: { node: 2 }, direction: forward, ppm: 250000, duration: 400ms }", beats: 10, "clock 2 0 s 250000 ppm at 0", "clock 2 0 s 0 ppm at 4");

    [Fact]
    public Task A_calendar_that_jumps_all_the_time_ends_where_it_was() =>
        Does(3, "{ id: x, site: node, do: strobe, nth: 1, select: { node: 0 }, by: 1s, duration: 300ms }", beats: 10, "clock 0 1 s 0 ppm at 0", "clock 0 0 s 0 ppm at 1", "clock 0 1 s 0 ppm at 2", "clock 0 0 s 0 ppm at 3");

    [Fact]
    public async Task The_same_seed_does_the_same()
    {
        const string rules = "{ id: x, site: node, do: node-crash, p: 0.1, restart: \"uniform(1s, 3s)\" }, { id: y, site: node, do: node-pause, nth: random }";
        await using var one = new Recorded(3);
        await using var other = new Recorded(3);
        Beats(Faults(rules, one), 0, 100);
        Beats(Faults(rules, other), 0, 100);
        Assert.NotEmpty(one.Did);
        Assert.Equal(one.Did, other.Did);
    }

    private static IEnumerable<FaultyWay> Ways(Recorded cluster) =>
        from a in Enumerable.Range(0, cluster.Count) from b in Enumerable.Range(0, cluster.Count) where a != b select cluster.Network[a, b];

    private static RealFaults Faults(string rules, Recorded cluster, string topology = "")
    {
        var reading = PlanFile.Parse("x.chaos.yaml", $"name: x\ntopology: {{ nodes: {cluster.Count}{(topology.Length == 0 ? "" : ", " + topology)} }}\nworkload: {{ kind: console-write }}\nfaults: [ {rules} ]\n");
        Assert.Empty(reading.Errors);
        return new RealFaults(reading.Plan!, 1, cluster, static _ => { });
    }

    private static async Task Does(int nodes, string rules, int beats, params string[] did)
    {
        await using var cluster = new Recorded(nodes);
        Beats(Faults(rules, cluster), 0, beats);
        Assert.Equal(did, cluster.Did);
    }

    private static void Beats(RealFaults faults, int from, int until)
    {
        for (var beat = from; beat < until; beat++)
        {
            Recorded.Beat = beat;
            faults.Tick(RealFaults.Beat * beat);
        }
    }

    private sealed class Recorded(int count) : IRealCluster, IAsyncDisposable
    {
        private readonly bool[] _isGone = new bool[count];
        private readonly int[] _pauses = new int[count];

        [ThreadStatic]
        private static int beat;

        public static int Beat
        {
            get => beat;
            set => beat = value;
        }

        public List<string> Did { get; } = [];

        public int Count => count;

        public FaultyNetwork Network { get; } = FaultyNetwork.Start(count, 1, TimeProvider.System);

        public bool IsRunning(int node) => !_isGone[node] && _pauses[node] == 0;

        public void Kill(int node)
        {
            _isGone[node] = true;
            Did.Add($"kill {node} at {Beat}");
        }

        public void Replace(int node, bool isForeign) => Did.Add($"replace {node}{(isForeign ? " foreign" : "")} at {Beat}");

        public void Restore(int node) => Did.Add($"restore {node} at {Beat}");

        public void Start(int node)
        {
            _isGone[node] = false;
            Did.Add($"start {node} at {Beat}");
        }

        public void Pause(int node)
        {
            _pauses[node]++;
            Did.Add($"pause {node} at {Beat}");
        }

        public void Resume(int node)
        {
            _pauses[node] = Math.Max(0, _pauses[node] - 1);
            Did.Add($"resume {node} at {Beat}");
        }

        public void SetClock(int node, TimeSpan offset, long partsPerMillion) => Did.Add($"clock {node} {offset.TotalSeconds} s {partsPerMillion} ppm at {Beat}");

        public ValueTask DisposeAsync() => Network.DisposeAsync();
    }
}
