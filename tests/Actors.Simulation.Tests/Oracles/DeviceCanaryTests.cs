namespace Actors.Simulation.Tests;

/// <summary>Each deliberately wrong variant is caught by the oracle that it is made for, on a plan that the plain system passes.</summary>
public sealed class DeviceCanaryTests
{
    public static TheoryData<string> Names =>
        [.. DeviceFlaws.Makers.Select(make => make()).Where(flaw => flaw is not VictimDisturbed).Select(flaw => flaw.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_oracle_that_a_flaw_is_made_for_catches_it(string name)
    {
        var flaw = FlawCatalog.Find(name)!;
        using var host = new SimHost();
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (var seed = 1UL; seed <= (ulong)flaw.Seeds; seed++)
        {
            var result = host.Run(new RunRequest(flaw.Plan, seed) { Flaw = name });
            seen.UnionWith(result.Violations.Select(violation => $"{violation.Oracle} {violation.What}"));
            if (result.Violations.Any(violation => violation.Oracle == flaw.CaughtBy[0]))
                return;
        }

        Assert.Fail($"{flaw.CaughtBy[0]} saw nothing; {string.Join("; ", seen.Take(10))}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_plain_system_passes_the_plan_of_a_flaw(string name)
    {
        var flaw = FlawCatalog.Find(name)!;
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 10; seed++)
            Assert.Equal([], host.Run(new RunRequest(flaw.Plan, seed)).Violations.Select(violation => $"{seed}: {violation.Oracle} {violation.What}"));
    }

    [Fact]
    public void A_hostile_vm_changes_nothing_for_another()
    {
        using var host = new SimHost();
        for (var seed = 1UL; seed <= 20; seed++)
            Assert.Null(ContainmentCheck.Judge(host, new RunRequest(ContainmentCheck.HostilePlan, seed))?.What);
    }

    [Fact]
    public void What_another_vm_disturbs_is_seen_by_comparing()
    {
        using var host = new SimHost();
        var flaw = new VictimDisturbed();
        var isCaught = false;
        for (var seed = 1UL; seed <= (ulong)flaw.Seeds && !isCaught; seed++)
            isCaught = ContainmentCheck.Judge(host, new RunRequest(flaw.Plan, seed) { Flaw = flaw.Name }) is { Oracle: "I22" };

        Assert.True(isCaught);
    }
}
