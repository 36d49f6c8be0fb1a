namespace Actors.Cli;

/// <summary>A person's mistake: one sentence that says what is wrong and what to do, without a full stop.</summary>
internal sealed record Mistake(string Sentence)
{
    /// <summary>Further mistakes of the same file, a sentence each.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];

    /// <summary>Of a file's mistakes the first ten: who mends them sees what is left.</summary>
    public static Mistake Of(IReadOnlyList<string> sentences)
    {
        const int most = 10;
        var left = sentences.Count - most;
        return new Mistake(sentences[0]) { Further = [.. sentences.Take(most).Skip(1), .. left <= 0 ? [] : (string[])[$"and {left} more mistake{(left == 1 ? "" : "s")}"]] };
    }
}
