using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>One kind of fault: what a plan may ask for at some sites, with the row of the taxonomy that it belongs to.</summary>
/// <param name="Row">Row of the taxonomy, such as <c>F01</c>. A row may have several kinds.</param>
/// <param name="Do">The verb of plans, such as <c>drop</c>.</param>
/// <param name="Sites">Names of the sites at which it can be done; with the verb they name the kind.</param>
/// <param name="Summary">What goes wrong, in one line.</param>
/// <param name="Hop">Hop of the path, H1 to H9.</param>
/// <param name="Selects">What a rule's selector may name there.</param>
/// <param name="Threatens">Oracles that it puts to the test.</param>
/// <param name="Parameters">What a rule may say beside what all rules may.</param>
public sealed record FaultKind(
    string Row,
    string Do,
    ImmutableArray<string> Sites,
    string Summary,
    string Hop,
    FaultSelects Selects,
    ImmutableArray<string> Threatens,
    ImmutableArray<FaultParameter> Parameters)
{
    /// <summary>The parameter of a name, or null.</summary>
    public FaultParameter? Find(string parameter)
    {
        foreach (var known in Parameters)
        {
            if (known.Name == parameter)
                return known;
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Row} {Do} at {string.Join(", ", Sites)}";
}

/// <summary>A parameter of a fault.</summary>
/// <param name="Name">Its name in plans.</param>
/// <param name="Kind">What its text is.</param>
/// <param name="Default">What holds when a plan says nothing, as text.</param>
/// <param name="Meaning">What it means, in one line.</param>
public sealed record FaultParameter(string Name, FaultParameterKind Kind, string Default, string Meaning)
{
    /// <summary>What it may be, of a <see cref="FaultParameterKind.Choice"/>; else empty.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];
}

/// <summary>Forms of a parameter's text.</summary>
public enum FaultParameterKind : byte
{
    /// <summary>A whole number, such as <c>3</c>.</summary>
    Number,

    /// <summary>A number, fixed or drawn: <c>3</c>, <c>uniform(1, 8)</c>, <c>exp(4)</c>.</summary>
    DrawnNumber,

    /// <summary>A time, fixed or drawn: <c>2ms</c>, <c>uniform(1ms, 4ms)</c>, <c>exp(2ms)</c>.</summary>
    DrawnTime,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>Any text.</summary>
    Text,
}

/// <summary>What a selector may name.</summary>
[Flags]
public enum FaultSelects : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A VM.</summary>
    Vm = 1,

    /// <summary>A vCPU.</summary>
    Vcpu = 2,

    /// <summary>A device.</summary>
    Device = 4,

    /// <summary>A queue.</summary>
    Queue = 8,

    /// <summary>A port.</summary>
    Port = 16,

    /// <summary>An interrupt vector.</summary>
    Vector = 32,

    /// <summary>A logical node.</summary>
    Node = 64,
}
