using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The oracles in the box.</summary>
internal static class OracleCatalog
{
    /// <summary>Makers of all oracles, by id.</summary>
    private static readonly ImmutableArray<Func<Oracle>> Makers =
    [
        () => new WorkloadOracle(),
        () => new SlotAutomatonOracle(),
        () => new SlotExclusivityOracle(),
        () => new CompletionOracle(),
        () => new WaiterOracle(),
        () => new RoutingOracle(),
        () => new NotificationOracle(),
        () => new InterruptBudgetOracle(),
        () => new KickOracle(),
        () => new LinearizabilityOracle(),
        () => new FenceOracle(),
        () => new OrderOracle(),
        () => new TimeOracle(),
        () => new BlockedVcpuOracle(),
        () => new SlotDrainOracle(),
        () => new CrashOracle(),
        () => new InterruptDeliveryOracle(),
        () => new TransmitOracle(),
        () => new ReceiveOracle(),
        () => new UsedIndexOracle(),
        () => new UsedElementOracle(),
        () => new PublicationOracle(),
        () => new ConfinementOracle(),
        () => new QuietOracle(),
        () => new ConfigurationOracle(),
        () => new RegisterOracle(),
        () => new ResetFenceOracle(),
        () => new BoundedMemoryOracle(),
        () => new BoundedWorkOracle(),
        () => new SingleOwnerOracle(),
        () => new OwnershipOracle(),
        () => new MembershipOracle(),
        () => new BufferTailOracle(),
        () => new ChainLivenessOracle(),
        () => new DrainOracle(),
        () => new ResidueOracle(),
    ];

    /// <summary>All oracles: fresh ones.</summary>
    public static IEnumerable<Oracle> All => Makers.Select(make => make());

    /// <summary>Ids of all oracles, and of what the world itself and campaigns report.</summary>
    public static IEnumerable<string> Ids => All.Select(oracle => oracle.Id).Concat(CampaignChecks.All.Select(check => check.Id)).Append(RunResult.DefectOracle);

    /// <summary>The oracles that judge a plan: fresh ones, for one run.</summary>
    public static IEnumerable<Oracle> For(Plan plan)
    {
        foreach (var make in Makers)
        {
            var oracle = make();
            if ((plan.Check.IsEmpty || plan.Check.Contains(oracle.Id)) && !plan.Except.Any(except => except.Oracle == oracle.Id) && oracle.Applies(plan))
                yield return oracle;
        }
    }
}
