using System.Globalization;
using System.Xml.Linq;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>The result of a campaign as JUnit XML: a case for what its oracles demand, one for each fault and one for each point to reach.</summary>
internal static class JUnitReport
{
    public static void Write(string file, CampaignResult result, IReadOnlyList<Reproduction> failures) =>
        OutputFile.Write(file, text => Document(result, failures).Save(text));

    public static XDocument Document(CampaignResult result, IReadOnlyList<Reproduction> failures)
    {
        var plan = result.Request.Plan;
        var cases = new List<XElement>();
        var seconds = result.Elapsed.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        var oracles = Case(plan, "no oracle is violated", seconds);
        if (result.Failed > 0)
        {
            oracles.Add(new XElement(
                "failure",
                new XAttribute("message", Clean($"{result.Failed} of {result.Seeds} seeds failed")),
                new XAttribute("type", failures.Count == 0 ? "failure" : failures[0].Failure.Violation.Oracle),
                Clean(string.Join('\n', failures.Select(failure => $"{failure.Line(plan.Name)}\n  {failure.Failure.Violation.What}")))));
        }

        cases.Add(oracles);
        foreach (var fault in result.Faults)
            cases.Add(Demand(plan, $"fault {fault.Rule} fires", fault.Fired > 0 || IsExpectedSilent(plan, fault), $"fault '{fault.Rule}' never fired"));
        foreach (var point in result.Sometimes.Where(point => point.IsDemanded))
            cases.Add(Demand(plan, $"point {point.Point} is reached", point.Seeds > 0, $"point '{point.Point}' was never reached"));

        var suite = new XElement(
            "testsuite",
            new XAttribute("name", Clean(plan.Name)),
            new XAttribute("tests", cases.Count),
            new XAttribute("failures", cases.Count(one => one.Element("failure") is not null)),
            new XAttribute("errors", 0),
            new XAttribute("skipped", 0),
            new XAttribute("time", seconds),
            new XElement(
                "properties",
                Property("seeds", result.Seeds),
                Property("from", result.Request.From),
                Property("inconclusive", result.Inconclusive),
                Property("traceHash", CampaignJson.Hash(result.TraceHash))),
            cases);
        return new XDocument(new XElement("testsuites", suite));
    }

    private static bool IsExpectedSilent(Plan plan, FaultCount fault) => plan.Faults.Any(rule => rule.Id == fault.Rule && rule.Activation <= 0);

    private static XElement Demand(Plan plan, string name, bool isMet, string otherwise)
    {
        var one = Case(plan, name, "0");
        if (!isMet)
            one.Add(new XElement("failure", new XAttribute("message", Clean(otherwise)), new XAttribute("type", "I31")));
        return one;
    }

    private static XElement Case(Plan plan, string name, string seconds) => new(
        "testcase", new XAttribute("classname", Clean(plan.Name)), new XAttribute("name", Clean(name)), new XAttribute("time", seconds));

    private static XElement Property(string name, object value) =>
        new("property", new XAttribute("name", name), new XAttribute("value", Convert.ToString(value, CultureInfo.InvariantCulture)!));

    /// <summary>Without the characters that XML has no way to write.</summary>
    private static string Clean(string text) => string.Concat(text.Select(letter => System.Xml.XmlConvert.IsXmlChar(letter) ? letter : '?'));
}
