namespace Actors.Simulation.Tests;

public sealed class BudgetTests
{
    /// <summary>Nothing was healed in it, so nothing can be said about what should have followed.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public void A_run_that_uses_up_its_steps_before_the_heal_is_inconclusive(int steps)
    {
        var plan = new Plan { Name = "short", Budget = new PlanBudget { MaxSteps = steps } };
        using var host = new SimHost();

        var result = host.Run(new RunRequest(plan, 1));

        Assert.Equal((RunVerdict.Inconclusive, $"more than {steps} steps before the faults healed"), (result.Verdict, result.Note));
    }

    [Fact]
    public void A_fault_about_a_port_that_no_device_has_changes_nothing_and_breaks_nothing()
    {
        var reading = PlanFile.Parse("x", "name: x\nfaults: [{ id: a, row: F68, port: 99 }]");
        using var host = new SimHost();

        var result = host.Run(new RunRequest(reading.Plan!, 1));

        Assert.Empty(result.Violations);
        Assert.Equal(0, result.Faults[0].Effective);
        Assert.NotEqual(0, result.Faults[0].Fired);
    }
}
