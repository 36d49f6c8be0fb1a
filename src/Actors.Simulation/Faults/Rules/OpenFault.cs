namespace Actors.Simulation;

/// <summary>Something that a firing broke, and how it is repaired; repaired once.</summary>
internal sealed class OpenFault(FaultPlane plane, RuleState rule, long occurrence, Action? repair)
{
    /// <summary>Whose.</summary>
    public RuleState Rule { get; } = rule;

    /// <summary>Which firing.</summary>
    public long Occurrence { get; } = occurrence;

    /// <summary>Whether it is still broken.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whether this firing was counted as effective.</summary>
    public bool IsEffective { get; set; }

    /// <summary>Whether this firing was counted as recovered.</summary>
    public bool IsRecovered { get; set; }

    /// <summary>Runs when it is repaired.</summary>
    public Action? Repair { get; set; } = repair;

    /// <summary>Repairs it.</summary>
    public void Close()
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        plane.Closed(this);
        Repair?.Invoke();
    }
}
