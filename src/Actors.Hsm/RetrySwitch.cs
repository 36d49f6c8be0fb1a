namespace Actors.Hsm;

/// <summary>Whether the retry timer of a VM runs. It runs only while something is outstanding: an idle VM has none.</summary>
internal sealed class RetrySwitch(IHsmEffects effects)
{
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

    /// <summary>A whole period passed with nothing outstanding.</summary>
    public void Off() => IsOn = false;
}
