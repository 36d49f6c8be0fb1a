namespace Actors.Simulation;

/// <summary>What a rule says about its action: as written in the plan, else as the catalog has it.</summary>
internal sealed class RuleParameters
{
    private readonly FaultRule _rule;
    private readonly FaultKind _kind;

    /// <summary>Takes them from a rule.</summary>
    /// <exception cref="ArgumentException">A parameter doesn't read; plans from files were checked before.</exception>
    public RuleParameters(FaultRule rule, FaultKind kind)
    {
        _rule = rule;
        _kind = kind;
        var count = 0;
        foreach (var parameter in kind.Parameters)
        {
            if (parameter.Kind is FaultParameterKind.Choice or FaultParameterKind.Text)
                continue;
            var amount = AmountOf(parameter);
            if (count == 0)
                First = amount;
            else if (count == 1)
                Second = amount;
            count++;
        }

        HasSecond = count > 1;
    }

    /// <summary>The first number or time of the kind; it is drawn for each firing.</summary>
    public FaultAmount First { get; }

    /// <summary>The second.</summary>
    public FaultAmount Second { get; }

    /// <summary>Whether there is a second.</summary>
    public bool HasSecond { get; }

    /// <summary>A word or text.</summary>
    public string Word(string name) =>
        _rule.Parameters.TryGetValue(name, out var text) ? text : _kind.Find(name)?.Default ?? string.Empty;

    /// <summary>Index of a choice among those of the catalog.</summary>
    public int Choice(string name) => _kind.Find(name) is { } parameter ? Math.Max(0, parameter.Choices.IndexOf(Word(name))) : 0;

    private FaultAmount AmountOf(FaultParameter parameter)
    {
        var isTime = parameter.Kind == FaultParameterKind.DrawnTime;
        if (isTime && _rule.HealAfter is not null && parameter.Name is "duration" or "length" or "hold" or "away" or "mask")
            return _rule.HealAfter!.Value;
        var text = Word(parameter.Name);
        return Quantity.TryAmount(text, isTime, out var amount)
            ? amount
            : throw new ArgumentException($"rule '{_rule.Id}': parameter {parameter.Name}: '{text}' is no {(isTime ? "time" : "number")}");
    }
}
