namespace Actors.Simulation.Tests;

public sealed class ExplanationTests
{
    [Theory]
    [InlineData("node-crash", "2 VMs with 1 vCPU on 3 nodes each run console-write")]
    [InlineData("split-service-crash", "1 VM with 1 vCPU on 3 nodes, split, runs console-write")]
    public void Says_on_how_many_nodes_it_was(string plan, string setting)
    {
        using var host = new SimHost();
        var run = host.Run(new RunRequest(ShippedPlans.Find(plan), 1) { RecordsTrace = true });
        Assert.StartsWith(setting, Explanation.Of(run)[0], StringComparison.Ordinal);
    }
}
