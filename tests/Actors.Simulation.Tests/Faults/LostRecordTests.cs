using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>F38 with a record that is old or lost: it is said, the driver sets the device up again, and no byte that came back is lost.</summary>
public sealed class LostRecordTests
{
    [Theory]
    [InlineData("record-lost")]
    [InlineData("record-old")]
    public void A_guest_that_resets_its_device_gets_everything_out(string name)
    {
        var plan = ShippedPlans.Find(name);
        using var host = new SimHost();
        var losses = 0;
        for (var seed = 1UL; seed <= 40; seed++)
        {
            var announced = new Announced();
            var run = host.Run(new RunRequest(plan, seed) { Observers = [announced] });

            Assert.True(run.Verdict == RunVerdict.Passed, $"seed {seed}: {string.Join("; ", run.Violations.Select(violation => $"{violation.Oracle}: {violation.What}"))}");
            Assert.DoesNotContain("guest.port-gone", run.Reached);
            Assert.Equal(run.Faults[0].Effective, announced.OfDevices);
            losses += announced.OfDevices;
        }

        Assert.True(losses > 10, $"only {losses} losses");
    }

    [Theory]
    [InlineData("{ id: a, row: F38, site: device, do: crash, record: gone }", "x:2:63: ")]
    [InlineData("{ id: a, row: F38, site: port, do: crash, record: lost }", "x:2:53: ")]
    [InlineData("{ id: a, row: F38, site: device, do: kill, record: old, age: soon }", "x:2:72: ")]
    public void What_a_plan_says_of_records_is_checked(string rule, string place) =>
        Assert.StartsWith(place, Assert.Single(PlanFile.Parse("x", $"name: x\nfaults: [ {rule} ]").Errors).ToString(), StringComparison.Ordinal);

    private sealed class Announced : WorldObserver
    {
        public int OfDevices { get; private set; }

        public override WorldInterest Interest => WorldInterest.Life;

        public override void OnLife(in Moment moment, in LifeStep step)
        {
            if (step.Change == LifeChange.StateLost && step.Actor.EndsWith("pci-0.3.0", StringComparison.Ordinal))
                OfDevices++;
        }
    }
}
