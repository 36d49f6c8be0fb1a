namespace Actors.Simulation;

/// <summary>Kinds of pictures of a recording. All are drawn from one chart.</summary>
public enum PictureKind
{
    /// <summary>A sequence chart in text.</summary>
    Terminal,

    /// <summary>A Mermaid <c>sequenceDiagram</c>.</summary>
    Mermaid,

    /// <summary>One HTML page that needs nothing else.</summary>
    Html,

    /// <summary>Trace events (JSON) for ui.perfetto.dev and chrome://tracing.</summary>
    Perfetto,
}
