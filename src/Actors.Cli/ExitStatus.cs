namespace Actors.Cli;

/// <summary>What the program says to its caller.</summary>
internal static class ExitStatus
{
    /// <summary>The guest powered off.</summary>
    public const int Ok = 0;

    /// <summary>It was done, and isn't well: the guest couldn't go on, something of ours failed, or an output didn't take what came of it.</summary>
    public const int Failed = 1;

    /// <summary>A person's mistake; nothing was done, and nothing was left behind.</summary>
    public const int Mistake = 2;

    /// <summary>Added to the number of the signal that ended the run, as shells do.</summary>
    public const int SignalBase = 128;
}
