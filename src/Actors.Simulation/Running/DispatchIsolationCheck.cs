namespace Actors.Simulation;

/// <summary>I8 in campaigns: of some seeds of a plan with several VMs, the first VM alone is compared with it beside the others.</summary>
internal sealed class DispatchIsolationCheck : ICampaignCheck
{
    /// <inheritdoc/>
    public string Oracle => DifferentialCheck.Id;

    /// <summary>It takes four runs.</summary>
    public int Every => 20;

    /// <inheritdoc/>
    public bool Applies(Plan plan) => plan.Topology is { Vms: > 1, Nodes: 1 };

    /// <inheritdoc/>
    public Violation? Check(SimHost host, RunResult result) => DifferentialCheck.Judge(host, result.Request);
}
