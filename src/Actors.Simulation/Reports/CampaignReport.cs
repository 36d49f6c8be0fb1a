namespace Actors.Simulation;

/// <summary>Writes the page about a campaign: one HTML file that needs nothing else.</summary>
public static class CampaignReport
{
    /// <summary>Writes it.</summary>
    public static void Write(TextWriter page, CampaignReportInput input)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(input);
        page.Write($"<!DOCTYPE html><title>{System.Net.WebUtility.HtmlEncode(input.Campaign.Request.Plan.Name)}</title>");
    }
}
