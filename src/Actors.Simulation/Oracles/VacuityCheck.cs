using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>I31, over a campaign: every fault of the plan fired and had an effect at least once, and every point that must sometimes be reached was.</summary>
internal static class VacuityCheck
{
    /// <summary>Id of the check.</summary>
    public const string Id = "I31";

    /// <summary>What never happened, a sentence each.</summary>
    public static ImmutableArray<string> Judge(Plan plan, CampaignTotals totals)
    {
        var missing = ImmutableArray.CreateBuilder<string>();
        var faults = totals.Faults;
        var seeds = totals.Seeds == 1 ? "1 seed" : $"{totals.Seeds} seeds";
        for (var i = 0; i < faults.Length; i++)
        {
            // A rule that is switched off is no promise.
            if (plan.Faults[i].Activation == 0)
                continue;
            if (faults[i].Fired == 0)
                missing.Add($"fault '{faults[i].Rule}' never fired in {seeds}");
            else if (faults[i].Effective == 0)
                missing.Add($"fault '{faults[i].Rule}' fired and never changed anything in {seeds}");
        }

        foreach (var point in totals.Sometimes)
        {
            if (point.IsDemanded && point.Seeds == 0)
                missing.Add($"point '{point.Point}' was never reached in {seeds}");
        }

        return missing.ToImmutable();
    }
}
