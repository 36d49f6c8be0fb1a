namespace Actors.Cli;

/// <summary>A fault that fired on real processes and isn't repaired yet.</summary>
/// <param name="rule">Index of its rule.</param>
/// <param name="until">When it is repaired.</param>
internal sealed class RealFault(int rule, TimeSpan until)
{
    private readonly List<(TimeSpan At, Action Do)> _steps = [];

    /// <summary>Index of its rule.</summary>
    public int Rule => rule;

    /// <summary>When it is repaired.</summary>
    public TimeSpan Until => until;

    /// <summary>Set when it changed something; by any thread.</summary>
    public bool IsEffective { get; set; }

    /// <summary>What repairs it.</summary>
    public Action Repair { get; set; } = static () => { };

    /// <summary>Something happens while it lasts.</summary>
    public void At(TimeSpan when, Action what) => _steps.Add((when, what));

    /// <summary>Does what is due.</summary>
    public void Step(TimeSpan now)
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].At > now)
                continue;
            var what = _steps[i].Do;
            _steps.RemoveAt(i--);
            what();
        }
    }
}
