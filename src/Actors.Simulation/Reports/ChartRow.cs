namespace Actors.Simulation;

/// <summary>A row of the sequence chart: a message taken or lost, a fault, a turn in an actor's life, a phase, the violation.</summary>
internal sealed class ChartRow(ChartRowKind kind, Moment moment, int lane, string text)
{
    public ChartRowKind Kind { get; set; } = kind;

    public Moment Moment { get; } = moment;

    /// <summary>Lane of the receiver, or of who is hit; -1: none.</summary>
    public int Lane { get; } = lane;

    public string Text { get; } = text;

    /// <summary>Lane of the sender; -1: a timer, or nobody.</summary>
    public int From { get; init; } = -1;

    /// <summary>Index of the row of the step in which the message was sent; -1: not known.</summary>
    public int Origin { get; set; } = -1;

    /// <summary>Name of the link, or null.</summary>
    public string? Site { get; init; }

    /// <summary>How it looks: <c>lost</c>, <c>late</c>, <c>twice</c>, <c>crash</c>, <c>up</c>; null: plain.</summary>
    public string? Style { get; set; }

    /// <summary>Index of the plan's rule, of faults; else -1.</summary>
    public int Rule { get; init; } = -1;

    /// <summary>What it is in ACRN or Linux, caller first; null where they have nothing of the kind.</summary>
    public string? Function { get; init; }

    /// <summary>When the last that belongs to it happened, in ticks; 0: nothing came after it.</summary>
    public long Until { get; set; }

    /// <summary>What else happened in the step.</summary>
    public List<ChartNote>? Notes { get; private set; }

    /// <summary>Whether it belongs to the causal slice.</summary>
    public bool IsInSlice { get; set; }

    /// <summary>Whether it stands no longer: a message that seemed lost was delivered later.</summary>
    public bool IsGone { get; set; }

    public void Note(string text, string? function = null) => (Notes ??= []).Add(new ChartNote(text, function));
}

/// <summary>Kinds of rows.</summary>
internal enum ChartRowKind : byte
{
    /// <summary>An actor takes a message, or a backend bytes.</summary>
    Take,

    /// <summary>A message is lost.</summary>
    Lost,

    /// <summary>A fault fires.</summary>
    Fault,

    /// <summary>A fault heals, or is recovered from.</summary>
    Heal,

    /// <summary>An actor crashes or comes back.</summary>
    Life,

    /// <summary>Somebody outside does something.</summary>
    Outside,

    /// <summary>A phase begins.</summary>
    Phase,

    /// <summary>The violation.</summary>
    Violation,
}
