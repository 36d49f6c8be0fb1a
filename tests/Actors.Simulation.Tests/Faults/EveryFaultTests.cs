namespace Actors.Simulation.Tests;

/// <summary>Every kind of fault, at every site that it has: it fires, it changes something, it heals, and it can be repeated.</summary>
public sealed class EveryFaultTests
{
    public static TheoryData<string, string, string> Kinds
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var kind in FaultCatalog.All)
            {
                foreach (var site in kind.Sites)
                    data.Add(kind.Row, site, kind.Do);
            }

            return data;
        }
    }

    /// <summary>Other faults that make what a fault needs: what a plain run has seldom.</summary>
    private static FaultRule[] CompanionsOf(FaultRule rule) => (rule.Site, rule.Do) switch
    {
        ("port.before-write", _) => [new FaultRule { Id = "busy", Row = "F43", Site = "backend.write", Do = "again", Times = 4 }],
        ("dm.doorbell-credit", _) => [new FaultRule { Id = "twice", Row = "F10", Site = "hsm.doorbell", Do = "duplicate" }],
        (_, "ring-full") => [new FaultRule { Id = "twice", Row = "F14", Site = "hsm.upcall", Do = "duplicate" }],
        (_, "config-change") => [new FaultRule { Id = "read-again", Row = "F38", Site = "device", Do = "crash", Interval = 40, Times = 4 }],
        (_, "drop-config") => [new FaultRule { Id = "broken", Row = "F57", Site = "guest.ring", Do = "outside", Nth = 9 }],
        (_, "wrong-decision") => [new FaultRule { Id = "stall", Row = "F77", Site = "node", Do = "node-pause", Nth = 40 }],
        _ => [],
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Acts_heals_and_can_be_repeated(string row, string site, string verb)
    {
        using var host = new SimHost();
        var tried = new List<string>();
        foreach (var world in FaultWorlds.All())
        {
            foreach (var interval in new[] { 5, 1 })
            {
                var rule = new FaultRule { Id = "it", Row = row, Site = site, Do = verb, Interval = interval, Times = 3 };
                var plan = FaultWorlds.With(world, [rule, .. CompanionsOf(rule)]);
                for (var seed = 1UL; seed <= 3; seed++)
                {
                    var result = host.Run(new RunRequest(plan, seed) { RecordsChoices = true });
                    var count = result.Faults[0];
                    tried.Add($"{world.Name}/{interval}/{seed}: {count.Visits} visits, {count.Fired} fired, {count.Effective} effective, {result.Verdict}");
                    Assert.DoesNotContain(result.Violations, violation => violation.Oracle is "L8" or "I30");
                    if (count is not { Fired: > 0, Effective: > 0 })
                        continue;

                    Assert.True(count.Effective <= count.Fired + 1);
                    var again = host.Run(new RunRequest(plan, seed) { Script = result.Script });
                    Assert.Equal(result.Note, again.Note);
                    Assert.Equal(result.Firings.ToArray(), again.Firings.ToArray());
                    Assert.Equal(result.TraceHash, again.TraceHash);
                    return;
                }
            }
        }

        Assert.Fail($"{row} {verb} at {site} never had an effect:\n{string.Join('\n', tried)}");
    }
}
