using System.Text.Json;

namespace Actors.Cli.Tests;

public sealed class RealCommandTests
{
    [Theory]
    [InlineData("workload: { kind: console-write }", "plan 'x' has one node, and --real is about several: add topology: { nodes: 3 }, or run it without --real")]
    [InlineData(
        "topology: { nodes: 3 }\nfaults: [ { id: f, site: irq.raise, do: drop } ]",
        "fault 'f' (F01 drop) can't be done on real processes: it is inside a machine, where only the world reaches; leave it out, or run the plan without --real")]
    [InlineData(
        "topology: { nodes: 3 }\nfaults: [ { id: f, site: decision, do: wrong-decision } ]",
        "fault 'f' (F88 wrong-decision) can't be done on real processes: nodes decide by Akka's own resolver, which can't be told to be wrong at one split, and one of ours in its place would be what is tested; leave it out, or run the plan without --real")]
    [InlineData(
        "topology: { nodes: 3, placement: split }\nfaults: [ { id: f, site: memory.exchange, do: hold } ]",
        "fault 'f' (F72 hold) can't be done on real processes: nodes send all that they say to each other over one connection, and one message of it can't be chosen from outside; partition and one-way cut the whole; leave it out, or run the plan without --real")]
    [InlineData(
        "topology: { nodes: 3, devices: [ { kind: console, policy: drop } ] }",
        "plan 'x' has a port that may drop bytes; on real processes bytes are judged under policy block, so write policy: block")]
    public void What_real_processes_cannot_do_is_one_line_and_status_2(string content, string sentence)
    {
        var (status, output, error) = Run("name: x\n" + content + "\n");
        Assert.Equal((2, "", $"actors: {sentence}\n"), (status, output, error));
    }

    [Fact]
    public void Options_of_the_world_are_refused()
    {
        var (status, _, error) = Run("name: x\ntopology: { nodes: 3 }\n", "--jobs", "2");
        Assert.Equal((2, "actors: --jobs is about runs in the world, leave it out with --real\n"), (status, error));
    }

    [Fact]
    public void A_killed_process_is_survived_without_a_lost_or_doubled_byte()
    {
        // Long silences are forgiven, so that no busy machine adds a loss of its own. Three processes find each other, one is killed in the middle of the work of two VMs, its VMs go on elsewhere, it comes back.
        var (status, output, error) = Run(
            """
            name: x
            topology:
              nodes: 3
              vms: 3
              cluster: { heartbeat: 250ms, detection: 10s, stableAfter: 1s }
            faults: [ { id: crash, site: node, do: node-crash, nth: 10, times: 1, restart: 20s } ]
            liveness: { T4: 300s }
            """,
            "--time", "60s", "--json");
        Assert.True(status == 0, error + output);
        using var result = JsonDocument.Parse(output);
        var root = result.RootElement;
        Assert.True(root.GetProperty("real").GetBoolean());
        Assert.Equal(1, root.GetProperty("passed").GetInt32());
        Assert.Equal(1, root.GetProperty("faults")[0].GetProperty("effective").GetInt32());
        Assert.True(root.GetProperty("runs")[0].GetProperty("bytes").GetInt64() > 0);
    }

    [Fact]
    public void Plans_of_the_box_run_on_processes_or_say_why_not()
    {
        var refused = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var plan in Actors.Simulation.ShippedPlans.Names.Select(Actors.Simulation.ShippedPlans.Find).Where(plan => plan.Topology.Nodes > 1))
        {
            if (RealPlan.Problem(plan) is { } problem)
                refused.Add(plan.Name, problem.Sentence);
        }

        Assert.Equal(["split-brain", "split-zombie-memory", "tokens-remembered"], refused.Keys);
        Assert.Equal(refused.Keys, RealPlan.Nearest.Keys.Order(StringComparer.Ordinal));
        Assert.All(refused, one => Assert.EndsWith($"; what is nearest to it and can is {RealPlan.Nearest[one.Key]} --real", one.Value, StringComparison.Ordinal));
        Assert.All(RealPlan.Nearest.Values, near => Assert.Null(RealPlan.Problem(Actors.Simulation.ShippedPlans.Find(near)!)));
    }

    private static (int Status, string Output, string Error) Run(string plan, params string[] more)
    {
        var folder = Directory.CreateTempSubdirectory("actors-test-");
        try
        {
            var file = Path.Combine(folder.FullName, "x.chaos.yaml");
            File.WriteAllText(file, plan);
            using var output = new StringWriter();
            using var error = new StringWriter();
            var status = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(["chaos", "run", file, "--real", .. more], output, error);
            return (status, output.ToString(), error.ToString());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
