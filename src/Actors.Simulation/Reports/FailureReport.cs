namespace Actors.Simulation;

/// <summary>Writes the page about a failure: one HTML file that needs nothing else.</summary>
public static class FailureReport
{
    /// <summary>Writes it.</summary>
    public static void Write(TextWriter page, FailureReportInput input)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(input);
        page.Write($"<!DOCTYPE html><title>{System.Net.WebUtility.HtmlEncode(input.Violation.What)}</title>");
    }
}
