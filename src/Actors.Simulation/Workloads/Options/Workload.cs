using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>A workload whose options are declared, so that they are checked and documented in one place.</summary>
internal abstract class Workload : IWorkload
{
    private readonly ImmutableArray<WorkloadOption> _options;

    /// <summary>Declares a kind.</summary>
    /// <param name="kind">Its name in plans.</param>
    /// <param name="summary">What it does, in one line.</param>
    /// <param name="options">Its options, beside those of the driver.</param>
    protected Workload(string kind, string summary, params ImmutableArray<WorkloadOption> options)
    {
        Kind = kind;
        Summary = summary;
        _options = [.. options, .. WorkloadDriver.Options];
    }

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public string Summary { get; }

    /// <inheritdoc/>
    public ImmutableArray<(string Name, string Meaning)> Options =>
        [.. _options.Select(option => (option.Name, $"{option.Meaning}: {option.Values}; default {option.Default}."))];

    /// <summary>Null, or what is wrong with the value of an option that it has, without a full stop.</summary>
    public string? Check(string option, string text) => _options.FirstOrDefault(known => known.Name == option)?.Check(text);

    /// <inheritdoc/>
    public string? Validate(Plan plan)
    {
        foreach (var option in _options)
        {
            if (option.Check(plan) is { } problem)
                return problem;
        }

        foreach (var given in plan.Workload.Options.Keys)
        {
            if (!_options.Any(option => option.Name == given))
                return $"Workload '{Kind}' has no option '{given}': it takes bytes, {string.Join(", ", _options.Select(option => option.Name))}.";
        }

        if (plan.Topology.Nodes > 1 && !BeginsAnew)
            return $"Workload '{Kind}' can't begin anew on another node: with nodes: {plan.Topology.Nodes} the workload is {string.Join(" or ", WorkloadCatalog.All.OfType<Workload>().Where(one => one.BeginsAnew).Select(one => one.Kind))}.";
        return CheckTopology(plan.Topology);
    }

    /// <inheritdoc/>
    public abstract WorkloadRun Begin(World world);

    /// <summary>Whether a machine's next incarnation can do it again from the beginning, whatever the outside did for the one before.</summary>
    protected virtual bool BeginsAnew => false;

    /// <summary>Null, or one sentence about what the workload misses in the machines.</summary>
    protected virtual string? CheckTopology(PlanTopology topology) => null;

    /// <summary>Least ports of any device of a topology.</summary>
    protected static int PortsOf(PlanTopology topology) => topology.Devices.IsEmpty ? 1 : topology.Devices.Min(device => device.Ports);
}
