using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>What the page about a campaign shows.</summary>
public sealed record CampaignReportInput
{
    /// <summary>The campaign.</summary>
    public required CampaignResult Campaign { get; init; }

    /// <summary>Its failures, with the way to repeat each.</summary>
    public ImmutableArray<CampaignReportFailure> Failures { get; init; } = [];

    /// <summary>Version of the build, or null.</summary>
    public string? Version { get; init; }
}

/// <summary>A failing seed in the page of its campaign.</summary>
/// <param name="Failure">The failure.</param>
/// <param name="ReplayCommand">One line that repeats it.</param>
/// <param name="Page">Name of the file of its own page, beside the campaign's, or null.</param>
public sealed record CampaignReportFailure(CampaignFailure Failure, string ReplayCommand, string? Page = null);
