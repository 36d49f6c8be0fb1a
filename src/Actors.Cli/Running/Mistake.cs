namespace Actors.Cli;

/// <summary>A person's mistake: one sentence that says what is wrong and what to do, without a full stop.</summary>
internal sealed record Mistake(string Sentence);
