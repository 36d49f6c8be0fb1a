using System.Globalization;
using System.Net;
using System.Reflection;

namespace Actors.Simulation;

/// <summary>Writes HTML. Whatever a plan, a guest or an oracle says goes in as text.</summary>
internal sealed class PageWriter(TextWriter page)
{
    /// <summary>Begins the page, with its style.</summary>
    public void Begin(string title)
    {
        Markup($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n");
        Markup("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
        Element("title", title);
        Markup($"\n<style>\n{Resource("report.css")}</style>\n</head>\n<body>\n");
    }

    /// <summary>Ends the page, with scripts.</summary>
    public void End(params string[] scripts)
    {
        foreach (var script in scripts)
            Markup($"<script>\n{Resource(script)}</script>\n");
        Markup("</body>\n</html>\n");
    }

    /// <summary>Markup of ours.</summary>
    public PageWriter Markup(string markup)
    {
        page.Write(markup);
        return this;
    }

    /// <summary>A text of anybody's.</summary>
    public PageWriter Text(string text)
    {
        page.Write(WebUtility.HtmlEncode(text));
        return this;
    }

    /// <summary>An element that holds a text.</summary>
    /// <param name="name">Its name, with attributes of ours.</param>
    /// <param name="text">The text.</param>
    public PageWriter Element(string name, string text)
    {
        var end = name.IndexOf(' ', StringComparison.Ordinal);
        return Markup($"<{name}>").Text(text).Markup($"</{(end < 0 ? name : name[..end])}>");
    }

    /// <summary>A fact of the list at the top.</summary>
    public PageWriter Fact(string name, string value, bool isBig = false) =>
        Markup("<div>").Element("dt", name).Element(isBig ? "dd class=\"big\"" : "dd", value).Markup("</div>\n");

    /// <summary>A command with its button.</summary>
    public PageWriter Command(string id, string text) =>
        Markup("<div class=\"command\">").Element($"code id=\"{id}\"", text).Markup($"<button type=\"button\" data-copy=\"{id}\">Copy</button></div>\n");

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A file of this program's.</summary>
    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"page.{name}")
            ?? throw new InvalidOperationException($"The program lacks its resource {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
