namespace Actors.Simulation;

/// <summary>I22 in campaigns: of some seeds of a plan with a hostile guest, its neighbours are compared with themselves beside a guest that attacks nobody.</summary>
internal sealed class VictimContainmentCheck : ICampaignCheck
{
    /// <inheritdoc/>
    public string Oracle => ContainmentCheck.Id;

    /// <summary>It takes two runs.</summary>
    public int Every => 20;

    /// <inheritdoc/>
    public bool Applies(Plan plan) => plan.Topology is { Vms: > 1, Nodes: 1 } && plan.Workload.Kind == "hostile";

    /// <inheritdoc/>
    public Violation? Check(SimHost host, RunResult result) => ContainmentCheck.Judge(host, result.Request);
}
