namespace Actors.Simulation;

/// <summary>A node of a plan file: a scalar, a list or a mapping, with its place.</summary>
internal abstract record PlanNode(PlanPlace Place)
{
    /// <summary>How errors call this kind of node.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar, as written.</summary>
internal sealed record PlanScalar(PlanPlace Place, string Text, bool IsQuoted) : PlanNode(Place)
{
    public override string Kind => Text.Length == 0 && !IsQuoted ? "nothing" : $"'{PlanSpelling.Short(Text)}'";

    /// <summary>Whether nothing was written: a key without a value.</summary>
    public bool IsMissing => !IsQuoted && Text is "" or "~" or "null";
}

/// <summary>A list.</summary>
internal sealed record PlanList(PlanPlace Place, IReadOnlyList<PlanNode> Items) : PlanNode(Place)
{
    public override string Kind => "a list";
}

/// <summary>A mapping; keys are unique.</summary>
internal sealed record PlanMapping(PlanPlace Place, IReadOnlyList<PlanEntry> Entries) : PlanNode(Place)
{
    public override string Kind => "a mapping";
}

/// <summary>A key and its value.</summary>
internal sealed record PlanEntry(string Key, PlanPlace Place, PlanNode Value);
