namespace Actors.Hsm;

/// <summary>Whether the retry timer of a VM runs. It runs only while something is outstanding: an idle VM has none.</summary>
internal sealed class RetrySwitch(IHsmEffects effects)
{
    private const int Witnesses = 3;
    private int _witnesses;

    public bool IsOn { get; private set; }

    /// <summary>Something is outstanding.</summary>
    public void Need()
    {
        if (!IsOn)
        {
            IsOn = true;
            effects.StartRetrying();
        }
    }

    /// <summary>A peer repeats itself. Several times between two ticks mean that the timer may be gone: it is started again, once until the next tick.</summary>
    public void Miss()
    {
        if (IsOn && ++_witnesses == Witnesses)
            effects.StartRetrying();
    }

    /// <summary>The timer is alive.</summary>
    public void Tick() => _witnesses = 0;

    /// <summary>A whole period passed with nothing outstanding.</summary>
    public void Off() => IsOn = false;
}
